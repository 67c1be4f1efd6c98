import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore batch retry-failed`.
struct BatchRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry-failed",
        abstract:
            "Ask those calls of a finished batch again that were not answered with ok; the new answers replace the old ones.",
        discussion: """
            The new answers stand at the end of the file. A call that was started may have taken effect although it failed, timed out or
            was cancelled: where its tool must not run twice, use --safe, or look first and use --only.

            mcpstore batch retry-failed answers.jsonl --safe
            mcpstore batch retry-failed answers.jsonl --only unavailable --only invalid
            """
    )

    @Argument(help: "The file of answers, or the batch's id where its files are on this machine.")
    var batch: String

    @Option(help: ArgumentHelp("Only answers with this outcome; may be given more than once.", valueName: "outcome"))
    var only: [String] = []

    @Flag(
        help:
            "Only calls with which that does no harm, as no server was asked to run them or their tools may run twice: \"safeToRetry\":true in their answers."
    )
    var safe = false

    @OptionGroup var common: ContextOptions

    func validate() throws {
        let known = RetrySelection.outcomes
        if let other = only.first(where: { $0 != "ok" && !known.contains($0) }) {
            throw ValidationError("--only \(other): there is no such outcome; there are \(known.joined(separator: ", "))")
        }
        if only.contains("ok") { throw ValidationError("--only ok: what was answered is not asked again") }
    }

    func run() async throws {
        let (batch, repeated) = (batch, common.repeated)
        let selection = RetrySelection(only: Set(only), isSafe: safe)
        try await BatchRunner.run(common) { context in
            let (journal, found) = try await BatchTarget.journal(batch, context)
            var past = found
            guard past.isFinished else {
                throw CommandFailure(
                    status: .usage,
                    message:
                        "the batch is not finished: go on with it first, mcpstore batch resume \(past.plan.output)\(repeated)"
                )
            }
            guard past.plan.input != "-" else {
                throw CommandFailure(status: .usage, message: "the calls came through a pipe: they cannot be read again")
            }
            let scan = try await AnswerScan(past.plan.output, synced: past.synced, counting: selection)
            if scan.meant == 0 { return try await BatchFiles.resume(past.plan, journal, past) }
            let verified = try await BatchFeed.verify(past.plan, read: past.read, digest: past.digest)
            // Before the file is changed it is written down what is to become of it.
            let entry = JSONValue.object(
                selection.members.merging([
                    "retry": .integer(past.round + 1), "submits": 0, "read": .integer(past.read), "digest": .string(past.digest),
                ]) { $1 }
            )
            try await journal.append(entry)
            past.add(entry)
            return try await BatchFiles.resume(past.plan, journal, past, verified: verified)
        }
    }
}
