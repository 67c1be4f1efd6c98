import ArgumentParser

/// The ways in which the server can be told to break the rules.
struct MisbehaviourOptions: ParsableArguments {
    @Option(help: "Wait so many milliseconds before serving.")
    var startDelayMs = 0

    @Option(help: "Print this text on stderr and exit with 3.")
    var startFail: String?

    @Flag(help: "stdio: print lines that are no JSON on stdout first.")
    var garbage = false

    @Flag(help: "Answer tools/call with another id.")
    var wrongId = false

    @Flag(help: "Read tools/call and never answer it.")
    var hang = false

    @Option(help: "Send so many log notifications a second from the first request on, over stdio and session streams.")
    var flood = 0

    @Flag(help: "Ignore SIGTERM and the end of stdin, for at most ten minutes after it.")
    var ignoreTerm = false

    @Flag(help: "Start `sleep 600` in the background and print its process id on stderr.")
    var spawnGrandchild = false

    @Flag(help: "Answer calls that were cancelled, too, when they are done.")
    var lateAnswer = false

    @Flag(help: "Answer each tools/call twice (stdio).")
    var doubleAnswer = false

    @Option(
        help: """
            A folder to look for orders in, which are files: huge and half-line are taken (deleted) by the next record_* call, which \
            answers with 100 MiB, or writes half a line and crashes; with fail-start each start fails while it is there, and with change-tools other tools are \
            listed, which over stdio is told. Over HTTP calls are answered with 429 while too-many is there, with 503 while overloaded is there (Retry-After: what the file \
            says), with 502 while bad-gateway is there.
            """
    )
    var orders: String?

    var misbehaviour: Misbehaviour {
        Misbehaviour(
            answersWithWrongID: self.wrongId,
            hangs: self.hang,
            answersLate: self.lateAnswer,
            answersTwice: self.doubleAnswer,
            floodPerSecond: self.flood,
            ignoresEndOfInput: self.ignoreTerm,
            orders: self.orders.map(Orders.init)
        )
    }

    func validate() throws {
        if self.startDelayMs < 0 || self.flood < 0 { throw ValidationError("Numbers cannot be negative.") }
    }
}
