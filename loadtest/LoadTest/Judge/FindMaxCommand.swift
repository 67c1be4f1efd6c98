import ArgumentParser
import Foundation
import LoadDriver
import LocalProcess

/// `loadtest find-max`: the highest rate at which an objective holds.
struct FindMaxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-max",
        abstract: "Search for the highest rate of calls that keeps an objective.",
        discussion: """
            Runs the scenario with an open loop of a constant rate: doubles the rate until the objective is missed, then halves the \
            interval. Latency counts from the intended start, so a rate that cannot be kept shows as latency.
            """
    )

    @OptionGroup var options: ScenarioOptions

    @Option(help: ArgumentHelp("What must hold, such as 'p99<20ms'; may be repeated.", valueName: "condition"))
    var objective: [String] = ["p99<20ms", "errors<1"]

    @Option(help: ArgumentHelp("The rate to begin with.", valueName: "n"))
    var from = 1000.0

    @Option(help: ArgumentHelp("The highest rate to try.", valueName: "n"))
    var upTo = 1_000_000.0

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard options.scenario != nil else { throw ValidationError("--scenario NAME is missing") }
        guard from > 0, upTo >= from else { throw ValidationError("--from must be more than 0, and --up-to not less") }
        for condition in objective { try RunCommand.checked { _ = try FailCondition(condition) } }
    }

    func run() async throws {
        let scenario = try RunCommand.checked { try options.load() }
        let objectives = try RunCommand.checked { try objective.map { try FailCondition($0) } }
        let (redis, start, limit, prints) = (options.redis, from, upTo, !json)
        let best = try await Interruptible.run {
            var search = RateSearch(from: start, upTo: limit)
            while let rate = search.next {
                var trial = scenario
                trial.load = .constant(rate: rate)
                let report = try await ScenarioRun.run(trial, redis: redis, showsProgress: false)
                // An objective holds where the condition that it is holds.
                let missed = objectives.filter { $0.evaluate(report) == nil }
                if missed.isEmpty { search.passed(rate) } else { search.failed(rate) }
                if prints { print(Self.line(rate, report, holds: missed.isEmpty)) }
            }
            return search.best
        }
        if json {
            print("{\"rate\":\(best.map { "\(Int($0))" } ?? "null")}")
        } else {
            print(best.map { "highest rate: \(Int($0)) calls/s" } ?? "the objective did not hold at any rate that was tried")
        }
    }

    private static func line(_ rate: Double, _ report: LoadReport, holds: Bool) -> String {
        let total = report[.total]
        let figures = total.map { "p50 \(Int($0.p50)) us, p99 \(Int($0.p99)) us" } ?? "no answer"
        return
            "\(Int(rate)) calls/s: \(figures), \(report.errors) errors, answered \(Int(report.rate))/s: \(holds ? "holds" : "missed")"
    }
}
