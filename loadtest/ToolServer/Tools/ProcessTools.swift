import Glibc

/// Tools that show the process in which the server runs.
extension Tools {
    static let environment = Tool(
        name: "environment",
        title: "Environment variable",
        description: "Answers with the value of a variable of the server's environment.",
        effect: .readOnly,
        input: Schema(.init(name: "name", type: "string", description: "Name of the variable"))
    ) { call in
        guard let name = call.text("name") else { return }
        guard let value = getenv(name) else { return call.fail("\(name) is not set") }
        call.succeed(text: String(cString: value))
    }

    static let pid = Tool(
        name: "pid",
        title: "Process id",
        description: "Answers with the process id of the server.",
        effect: .readOnly,
        input: Schema()
    ) { call in
        call.succeed(text: String(getpid()))
    }

    static let stderr = Tool(
        name: "stderr",
        title: "Write to stderr",
        description: "Writes a line to the server's stderr.",
        effect: .readOnly,
        input: Schema(.init(name: "text", type: "string", description: "The line"))
    ) { call in
        guard let text = call.text("text") else { return }
        writeToStandardError(text)
        call.succeed(text: "written")
    }
}
