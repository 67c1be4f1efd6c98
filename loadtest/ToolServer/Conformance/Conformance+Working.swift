/// Tools that take their time, so that their calls become tasks at whoever keeps tasks. This server keeps none: it answers, or asks
/// for input, when it is ready.
extension Conformance {
    /// Longer than a gateway waits for a tool that says it supports tasks.
    private static let longEnough = 1200

    static let working = [
        Tool(
            name: "greet",
            title: "Greet",
            description: "Greets at once.",
            effect: .readOnly,
            input: Schema(.init(name: "name", type: "string", description: "Whom"))
        ) { call in
            guard let name = call.text("name") else { return }
            call.succeed(text: "Hello, \(name)!")
        },
        Tool(
            name: "slow_compute",
            title: "Slow",
            description: "Answers after some seconds; ends without an answer when it is cancelled.",
            effect: .readOnly,
            input: Schema(
                .init(name: "seconds", type: "number", description: "How long"),
                .init(name: "label", type: "string", description: "What is computed", isRequired: false)
            ),
            tasks: "optional"
        ) { call in
            guard let seconds = call.argument("seconds")?.double, 0...600 ~= seconds else {
                return call.fail("the argument seconds must be a number from 0 to 600")
            }
            let label = call.argument("label")?.string ?? ""
            call.after(milliseconds: Int(seconds * 1000)) { $0.succeed(text: "computed \(label)") }
        },
        task("failing_job", "Fails after a while, as a tool does.", "required") { call in
            call.after(milliseconds: longEnough) { $0.fail("this job always fails") }
        },
        task("protocol_error_job", "Ends with an error of the protocol after a while.", "optional") { call in
            call.after(milliseconds: longEnough) { call in
                call.reject(ProtocolError(code: ProtocolError.internalError, message: "this job ends with an error"))
            }
        },
        Tool(
            name: "confirm_delete",
            title: "Delete",
            description: "Asks for confirmation after a while.",
            effect: .readOnly,
            input: Schema(.init(name: "filename", type: "string", description: "What is to be deleted")),
            tasks: "optional"
        ) { call in
            guard let file = call.text("filename") else { return }
            guard let answer = call.response("confirm") else {
                return call.after(milliseconds: longEnough) { call in
                    call.requireInput(requests("confirm", elicit("Delete \(file)?", "confirm", "boolean")), state: "delete-1")
                }
            }
            guard call.hasState("delete-1") else { return }
            let isConfirmed = answer.member("content")?.member("confirm")?.raw.first == UInt8(ascii: "t")
            call.succeed(text: isConfirmed ? "deleted \(file)" : "kept \(file)")
        },
        task("multi_input", "Asks for two things after a while.", "optional") { call in
            guard let first = call.response("first"), let second = call.response("second") else {
                return call.after(milliseconds: longEnough) { call in
                    let both = [
                        requests("first", elicit("The first name?", "name")),
                        requests("second", elicit("The second name?", "name")),
                    ]
                    call.requireInput(both.joined(separator: ","))
                }
            }
            let names = [first, second].map { $0.member("content")?.member("name")?.string ?? "?" }
            call.succeed(text: names.joined(separator: " and "))
        },
        task("test_tool_with_task", "Asks at once, and answers after a while.", "optional") { call in
            guard let answer = call.response("user_name") else {
                return call.requireInput(requests("user_name", elicit("What is your name?", "name")))
            }
            let name = answer.member("content")?.member("name")?.string ?? "?"
            call.after(milliseconds: longEnough) { $0.succeed(text: "Hello, \(name)!") }
        },
    ]

    private static func task(
        _ name: String,
        _ description: String,
        _ support: String,
        _ run: @escaping @Sendable (Call) -> Void
    ) -> Tool {
        Tool(name: name, title: name, description: description, effect: .readOnly, input: Schema(), tasks: support, run: run)
    }
}
