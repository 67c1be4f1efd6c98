import Glibc

/// Tools that go wrong in each of the ways in which a tool can.
extension Tools {
    static let fail = Tool(
        name: "fail",
        title: "Fail",
        description: "Answers with a failure of the tool (isError).",
        effect: .readOnly,
        input: Schema(.init(name: "message", type: "string", description: "What to say"))
    ) { call in
        guard let message = call.text("message") else { return }
        call.fail(message)
    }

    static let protocolError = Tool(
        name: "protocol_error",
        title: "Protocol error",
        description: "Answers with a JSON-RPC error.",
        effect: .readOnly,
        input: Schema(
            .init(name: "code", type: "integer", description: "The error's code"),
            .init(name: "message", type: "string", description: "The error's message")
        )
    ) { call in
        guard let code = call.integer("code", in: Int(Int32.min)...Int(Int32.max)), let message = call.text("message") else {
            return
        }
        call.reject(ProtocolError(code: code, message: message))
    }

    static let crash = Tool(
        name: "crash",
        title: "Crash",
        description: "Ends the process of the server at once, without an answer.",
        effect: .destructive,
        input: Schema(.init(name: "exitCode", type: "integer", description: "0 to 255, default 1", isRequired: false))
    ) { call in
        guard let code = call.integer("exitCode", in: 0...255, default: 1) else { return }
        _exit(Int32(code))
    }
}
