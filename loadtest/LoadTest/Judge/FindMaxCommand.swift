import ArgumentParser
import Foundation
import Glibc
import LoadDriver
import LocalProcess

/// `loadtest find-max`: the highest rate at which an objective holds.
struct FindMaxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-max",
        abstract: "Search for the highest rate of calls that keeps an objective.",
        discussion: """
            Runs the scenario with an open loop of a constant rate: doubles the rate until the objective is missed, then halves the \
            interval until it is narrower than 5 %. All rates are tried on the same processes, each after a warm-up and when \
            nothing is queued any more. Latency counts from the intended start, so a rate that cannot be kept shows as latency.
            """
    )

    @OptionGroup var options: ScenarioOptions

    @Option(help: ArgumentHelp("What must hold, such as 'p99<20ms'; may be repeated.", valueName: "condition"))
    var objective: [String] = ["p99<20ms", "errors<1"]

    @Option(help: ArgumentHelp("The rate to begin with, in calls a second.", valueName: "n"))
    var from = 1000.0

    @Option(help: ArgumentHelp("The highest rate to try.", valueName: "n"))
    var upTo = 1_000_000.0

    @Flag(help: "Print one JSON object (docs/loadtest.md).")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        guard options.scenario != nil else { throw ValidationError("--scenario NAME is missing; run --list shows what there is") }
        guard options.callers == nil, options.rate == nil else {
            throw ValidationError("--callers and --rate say how to call, which is what is searched: use --from")
        }
        guard from >= Scenario.lowestRate, upTo >= from, upTo <= Scenario.highestRate else {
            throw ValidationError("--from must be 0.001 or more, and --up-to not less than that and not more than 1000000")
        }
        for condition in objective { try RunCommand.checked { _ = try FailCondition(condition) } }
    }

    func run() async throws {
        let scenario = try RunCommand.checked { try options.load() }
        let objectives = try RunCommand.checked { try objective.map { try FailCondition($0) } }
        let (redis, search, prints) = (options.redis, RateSearch(from: from, upTo: upTo), !json)
        let showsProgress = !quiet && isatty(STDERR_FILENO) == 1
        let report = try await Interruptible.run {
            let bed = try await TestBed(scenario, redis: redis) { ScenarioRun.note($0) }
            return try await ScenarioRun.using(bed) { bed, target in
                try await Self.search(search, scenario, objectives, target, on: bed, showsProgress, prints)
            }
        }
        print(prints ? report.text : String(decoding: try report.json(), as: UTF8.self))
    }

    private static func search(
        _ search: RateSearch,
        _ scenario: Scenario,
        _ objectives: [FailCondition],
        _ target: any LoadTarget,
        on bed: TestBed,
        _ showsProgress: Bool,
        _ prints: Bool
    ) async throws -> RateSearchReport {
        var search = search
        var trials: [RateTrial] = []
        if prints { show(RateTrial.header) }
        while let rate = search.next {
            var run = scenario
            run.load = .constant(rate: rate)
            let report = try await ScenarioRun.measure(run, target, on: bed, showsProgress: showsProgress)
            try Task.checkCancellation()
            let trial = RateTrial(rate: rate, report, objectives: objectives)
            if prints { show(trial.line) }
            trials.append(trial)
            if trial.holds { search.passed(rate) } else { search.failed(rate) }
            // What a rate that was too high has left behind is not the next one's.
            if search.next != nil { try await bed.waitUntilEmpty() }
        }
        let (best, texts) = (search.best, objectives.map(\.text))
        return RateSearchReport(rate: best, isLimited: best != nil && search.isLimited, objectives: texts, trials: trials)
    }

    /// At once, also into a pipe: each line takes a while.
    private static func show(_ line: String) {
        print(line)
        fflush(nil)
    }
}
