import ArgumentParser
import LoadDriver
import LocalProcess

/// `loadtest scale`: how throughput grows with the number of workers, for tools that wait.
struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Compare the throughput of one, two and more workers for tools that take their time.",
        discussion: """
            Each worker runs one MCP server over stdio and a number of calls at a time; as many callers as all workers have slots \
            call again as soon as they are answered. Prints a table in Markdown; `of what is possible` is the rate beside that of \
            slots that are never idle.
            """
    )

    @Option(help: ArgumentHelp("The Redis to use. (default: a private one)", valueName: "url"))
    var redis: String?

    @Option(help: ArgumentHelp("Numbers of workers to compare.", valueName: "n"))
    var workers: [Int] = [1, 2, 4, 8]

    @Option(help: ArgumentHelp("How long the tool takes, in milliseconds; may be repeated.", valueName: "ms"))
    var ms: [Int] = [0, 5, 50, 5000]

    @Option(help: ArgumentHelp("Calls at a time on each worker.", valueName: "n"))
    var slots = 16

    @Option(help: ArgumentHelp("How long to measure at least.", valueName: "s"))
    var seconds = 5.0

    func validate() throws {
        guard workers.allSatisfy((1...64).contains), ms.allSatisfy((0...60_000).contains), (1...128).contains(slots),
            (0.1...3600).contains(seconds)
        else { throw ValidationError("--workers takes 1 to 64, --ms 0 to 60000, --slots 1 to 128, --seconds 0.1 to 3600") }
    }

    func run() async throws {
        let (workers, ms, redis) = (workers, ms, redis)
        let scenarios = ms.map { ms in workers.map { scenario(workers: $0, ms: ms) } }
        try await Interruptible.run {
            print("| tool takes | workers | calls in flight | calls/s | times the first row | of what is possible | errors |")
            print("|---:|---:|---:|---:|---:|---:|---:|")
            for (ms, scenarios) in zip(ms, scenarios) {
                var first: Double?
                for scenario in scenarios {
                    let report = try await ScenarioRun.run(scenario, redis: redis, showsProgress: false)
                    try Task.checkCancellation()
                    let callers = scenario.workers * scenario.slots
                    let possible = ms > 0 ? Units.fixed(report.rate / (Double(callers) * 1000 / Double(ms)), 2) : "–"
                    let cells = [
                        "\(ms) ms", "\(scenario.workers)", "\(callers)", Units.count(report.rate),
                        Units.fixed(report.rate / (first ?? report.rate), 2), possible, "\(report.errors)",
                    ]
                    print("| \(cells.joined(separator: " | ")) |")
                    first = first ?? report.rate
                }
            }
        }
    }

    private func scenario(workers: Int, ms: Int) -> Scenario {
        // At least a few calls of each slot: the last ones of a window are cut off.
        let seconds = max(seconds, Double(ms) / 1000 * 4)
        return Scenario(
            name: "scale",
            target: .store,
            server: .init(transport: .stdio, concurrency: slots),
            workers: workers,
            slots: slots,
            load: .closed(callers: workers * slots),
            warmUp: max(1, Double(ms) / 1000),
            seconds: seconds,
            mix: [ms == 0 ? MixEntry() : MixEntry(tool: "sleep", arguments: ["ms": ms])]
        )
    }
}
