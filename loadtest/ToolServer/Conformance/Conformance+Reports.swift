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
        logging("test_tool_with_logging"),
        logging("test_logging_tool"),
    ]

    private static func logging(_ name: String) -> Tool {
        Tool(name: name, title: "Logging", description: "Logs three messages.", effect: .readOnly, input: Schema()) { call in
            let steps = ["Tool execution started", "Tool processing data", "Tool execution completed"]
            Self.log(steps[...], call)
        }
    }

    private static func log(_ texts: ArraySlice<String>, _ call: Call) {
        guard let text = texts.first else { return call.succeed(text: "logged") }
        call.log(text)
        call.after(milliseconds: 20) { Self.log(texts.dropFirst(), $0) }
    }

    private static func step(_ progress: Int, _ call: Call) {
        guard progress <= 100 else { return call.succeed(text: "done") }
        call.report(progress: progress, of: 100)
        call.after(milliseconds: 20) { step(progress + 50, $0) }
    }
}
