/// Tools that take their time. They end without an answer when they are cancelled.
extension Tools {
    static let sleep = Tool(
        name: "sleep",
        title: "Sleep",
        description: "Answers after a while.",
        effect: .readOnly,
        input: Schema(.init(name: "ms", type: "integer", description: "How long, in milliseconds"))
    ) { call in
        guard let milliseconds = call.integer("ms", in: 0...Self.longestWait) else { return }
        call.after(milliseconds: milliseconds) { $0.succeed(text: "slept \(milliseconds) ms") }
    }

    static let progress = Tool(
        name: "progress",
        title: "Progress",
        description: "Works in steps and reports each, if the caller sent a progress token.",
        effect: .readOnly,
        input: Schema(
            .init(name: "steps", type: "integer", description: "How many steps, at most 100000"),
            .init(name: "delayMs", type: "integer", description: "Milliseconds per step", isRequired: false)
        )
    ) { call in
        guard let steps = call.integer("steps", in: 0...100_000),
            let delay = call.integer("delayMs", in: 0...Self.longestWait, default: 0)
        else { return }
        Self.step(1, of: steps, every: delay, call)
    }

    private static func step(_ number: Int, of steps: Int, every delay: Int, _ call: Call) {
        guard number <= steps else { return call.succeed(text: "did \(steps) steps") }
        call.after(milliseconds: delay) { call in
            call.report(progress: number, of: steps)
            Self.step(number + 1, of: steps, every: delay, call)
        }
    }
}
