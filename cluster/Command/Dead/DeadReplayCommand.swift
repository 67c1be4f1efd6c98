import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore dead replay`.
struct DeadReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run calls again that were given up: each becomes a new job that names the old one, and its letter is gone.",
        usage: """
            mcpstore dead replay ID… [--wait] [--timeout TIME]
            mcpstore dead replay [--all] [--service NAME] [--tool NAME] [--reason TEXT] [--since TIME] [--limit N] [--wait]
            """,
        discussion: "Without --wait the answer of each can be read for 24 hours with mcpstore dead answer JOB."
    )

    @Argument(help: "The dead letters' ids.")
    var ids: [String] = []

    @Flag(help: "All of the space, the newest 100 without --limit.")
    var all = false

    @Flag(help: "Wait for the answers and print them, one after another.")
    var wait = false

    @Option(
        help: ArgumentHelp("How long each may take. (default: as long as the call that died)", valueName: "time"),
        transform: TimeSpan.init
    )
    var timeout: TimeSpan?

    @OptionGroup var options: DeadOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        try DeadSelection.validate(ids: ids, all: all, options)
    }

    func run() async throws {
        let failures = try await common.withStore { [self] context in
            // Oldest first: in the order in which they were called.
            let chosen =
                ids.isEmpty ? try await context.deadLetters(options.filter(most: 100)).map(\.id).reversed() : ids
            if chosen.isEmpty, !common.json { Console.shared.out("no dead letters") }
            var failures: [MCPStoreError] = []
            for id in chosen {
                do throws(MCPStoreError) {
                    try await replay(id, context)
                } catch {
                    guard error.code != .redis, error.code != .closed else { throw error }
                    Self.show(id, error, json: common.json)
                    failures.append(error)
                }
            }
            return failures
        }
        guard let first = failures.first else { return }
        throw CommandFailure(
            status: ExitStatus(first.code),
            message: failures.count == 1 ? first.message : "\(failures.count) were not answered, the first: \(first.message)"
        )
    }

    private func replay(_ id: String, _ context: StoreContext) async throws(MCPStoreError) {
        guard wait else {
            let job = try await context.replay(id, timeout: timeout?.duration)
            let json: JSONValue = ["letter": .string(id), "job": .string(job)]
            return Console.shared.out(
                common.json
                    ? json.description : "replayed \(id) as job \(job)\nnext: mcpstore dead answer \(job)\(common.repeated)"
            )
        }
        let result = try await context.replayAndWait(id, timeout: timeout?.duration)
        if common.json {
            var answer = JSONOutput.answer(result.report, result.rawJSON)
            answer.removeFirst()
            Console.shared.out("{\"letter\":\(JSONValue.string(id)),\(answer)")
        } else {
            Console.shared.out("\(id) \(result.report.outcome), job \(result.report.job)\n\(result.description)")
        }
    }

    private static func show(_ id: String, _ error: MCPStoreError, json: Bool) {
        guard json else { return Console.shared.out("\(id) \(error.call?.outcome ?? error.code.description): \(error.message)") }
        var members = JSONOutput.error(error).objectValue ?? [:]
        members["letter"] = .string(id)
        Console.shared.out(JSONValue.object(members).description)
    }
}
