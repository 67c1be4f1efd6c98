import ArgumentParser
import MCPStore

/// `mcpstore batch run`.
struct BatchRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Make all calls of a file; each line gets one line of answers.",
        usage: """
            mcpstore batch run CALLS --out ANSWERS [--ordered] [--resume | --overwrite]
            mcpstore batch run --csv FILE --tool NAME [--arguments TEMPLATE] [--id COLUMN] --out ANSWERS
            mcpstore batch run … --dry-run
            """,
        discussion: """
            CALLS holds lines such as {"id":1,"tool":"get_weather","arguments":{"city":"Oslo"}}; - reads standard input. Answers are
            lines such as {"line":1,"outcome":"ok","id":1,"result":{…}}, or with "error" where the outcome is not ok.

            Ctrl-C, a crash or a reboot lose nothing: the same command with --resume, or mcpstore batch resume ANSWERS, goes on where
            it was. No call is asked twice and none is answered twice.

            mcpstore batch run --csv cities.csv --tool get_weather --arguments '{"city":"{{city}}"}' --out answers.jsonl
            """
    )

    @Argument(help: "The file of calls, a JSON object a line; - for standard input.")
    var calls: String?

    @Option(help: ArgumentHelp("Where the answers go; - for standard output, which cannot be resumed.", valueName: "file"))
    var out = "-"

    @Option(help: ArgumentHelp("A CSV file with a header, one call a record, instead of CALLS.", valueName: "file"))
    var csv: String?

    @Option(help: ArgumentHelp("With --csv: the tool that is called.", valueName: "name"))
    var tool: String?

    @Option(
        help: ArgumentHelp(
            "With --csv: the arguments, with {{column}} for the fields of a record. (default: all columns as strings)",
            valueName: "json"
        )
    )
    var arguments: String?

    @Option(help: ArgumentHelp("With --csv: the column that comes back as the id of the answer.", valueName: "column"))
    var id: String?

    @Option(help: ArgumentHelp("With --csv: the service that is meant, where the tool's names are ambiguous.", valueName: "name"))
    var service: String?

    @Flag(help: "Write the answers in the order of the calls. One slow call then holds back those behind it.")
    var ordered = false

    @Flag(help: "Go on with the batch that these answers belong to; begin where there is none.")
    var resume = false

    @Flag(help: "Throw away answers that are there already.")
    var overwrite = false

    @Flag(help: "Call nothing: check every line against the tools' input schemas, and say what is wrong.")
    var dryRun = false

    @Option(help: ArgumentHelp("Calls that are queued or run at once, up to 10000.", valueName: "n"))
    var inFlight = 1000

    @Option(
        help: ArgumentHelp("How long one start of a call may run. (default: as the service says, else 60s)", valueName: "time"),
        transform: TimeSpan.init
    )
    var timeout: TimeSpan?

    @Option(
        help: ArgumentHelp("How long a call may wait for its start. (default: 24h)", valueName: "time"),
        transform: TimeSpan.init
    )
    var waitTimeout: TimeSpan?

    @OptionGroup var common: ContextOptions

    func validate() throws {
        guard (calls == nil) != (csv == nil) else {
            throw ValidationError("name one file of calls: CALLS or --csv FILE (- for standard input)")
        }
        if csv != nil, tool == nil { throw ValidationError("--csv needs --tool NAME") }
        if csv == nil, tool != nil || arguments != nil || id != nil || service != nil {
            throw ValidationError("--tool, --arguments, --id and --service belong to --csv: lines of JSON say it themselves")
        }
        if resume, overwrite { throw ValidationError("--resume and --overwrite exclude each other") }
        if !(1...10_000).contains(inFlight) { throw ValidationError("--in-flight must be from 1 to 10000") }
    }

    func run() async throws {
        let command = self
        if dryRun {
            return try await BatchDryRun.run(common) { command.plan($0) }
        }
        try await BatchRunner.run(common) { context in
            try await BatchFiles.open(command.plan(context), command.resume ? .resume : command.overwrite ? .overwrite : .begin) {
                try await Self.check($0, context)
            }
        }
    }

    private func plan(_ context: StoreContext) -> BatchPlan {
        BatchPlan(
            id: BatchPlan.makeID(),
            input: BatchPlan.absolute(calls ?? csv ?? "-"),
            output: BatchPlan.absolute(out),
            csv: tool.map { BatchPlan.CSV(tool: $0, service: service, arguments: arguments, id: id) },
            agent: common.agent,
            space: context.store.space,
            isOrdered: ordered,
            inFlight: inFlight,
            running: timeout?.milliseconds ?? 0,
            waiting: waitTimeout?.milliseconds ?? 0
        )
    }

    /// The first call says whether it is a file of calls at all, and whether this is the space that is meant.
    private static func check(_ call: BatchCall, _ context: StoreContext) async throws {
        let refusal = "nothing was called"
        if let problem = call.problem {
            throw CommandFailure(status: .usage, message: "\(refusal): \(problem.message)")
        }
        do throws(MCPStoreError) {
            _ = try await context.callableTool(call.tool, service: call.service)
        } catch {
            guard [.unknownTool, .ambiguousTool, .rejected].contains(error.code) else { throw error }
            throw CommandFailure(status: .usage, message: "\(refusal): line \(call.number ?? 1): \(error.message)")
        }
    }
}
