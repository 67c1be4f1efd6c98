import ArgumentParser
import MCPStore

/// `mcpstore tool stats`.
struct ToolStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show how tools were called: outcomes, waiting and running times."
    )

    @Argument(help: "A tool; all that were called where none is given.")
    var tool: String?

    @Option(
        help: ArgumentHelp("The service that is meant; needed only where all names of a tool are ambiguous.", valueName: "name")
    )
    var service: String?

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let stats = try await common.withStore { [tool, service] context in
            if let tool { return [try await context.toolStats(tool, service: service)] }
            return try await context.toolStats()
        }
        if common.json {
            let list = stats.map(JSONOutput.stats)
            return Console.shared.out((tool == nil ? .array(list) : list[0]).description)
        }
        var table = Table(
            "TOOL",
            "SERVICE",
            "CALLS",
            "OUTCOMES",
            "RETRIES",
            "REUSED",
            "WAIT P50",
            "WAIT P99",
            "RUN P50",
            "RUN P99"
        )
        for stats in stats {
            let outcomes = stats.outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            table.add(
                stats.key.oneLine,
                stats.service,
                "\(stats.calls)",
                outcomes,
                "\(stats.retries)",
                "\(stats.reused.values.reduce(0, +))",
                stats.waiting.p50?.tableText ?? "",
                stats.waiting.p99?.tableText ?? "",
                stats.running.p50?.tableText ?? "",
                stats.running.p99?.tableText ?? ""
            )
        }
        Console.shared.out(table.isEmpty ? "no tool was called yet" : table.text)
    }
}
