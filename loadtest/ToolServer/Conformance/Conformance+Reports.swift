/// Tools that tell something while they work.
extension Conformance {
    static let reporting = [
        Tool(
            name: "test_tool_with_progress",
            title: "Progress",
            description: "Reports progress three times.",
            effect: .readOnly,
            input: Schema()
        ) { step(0, $0) },
        Tool(
            name: "test_tool_with_logging",
            title: "Logging",
            description: "Logs three messages.",
            effect: .readOnly,
            input: Schema()
        ) { call in
            for text in ["Tool execution started", "Tool processing data", "Tool execution completed"] { call.log(text) }
            call.succeed(text: "logged")
        },
    ]

    private static func step(_ progress: Int, _ call: Call) {
        guard progress <= 100 else { return call.succeed(text: "done") }
        call.report(progress: progress, of: 100)
        call.after(milliseconds: 20) { step(progress + 50, $0) }
    }
}
