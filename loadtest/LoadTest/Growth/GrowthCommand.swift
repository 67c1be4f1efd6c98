import ArgumentParser
import LoadDriver
import LocalProcess

/// `loadtest growth`: whether a call costs the same whatever else there is.
struct GrowthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Compare what a call costs Redis beside a million keys, jobs, and more, with what it costs alone.",
        discussion: """
            Each row is measured beside the plain case, in turn, on a private redis-server each. Commands are counted one call at a \
            time; CPU time is that of 64 callers. Prints a table in Markdown. Takes 2 GB of memory and about a minute a row.
            """
    )

    @Option(help: ArgumentHelp("Only this: \(GrowthCase.allCases.map(\.rawValue).joined(separator: ", ")); may be repeated."))
    var only: [GrowthCase] = []

    @Option(help: ArgumentHelp("Pairs of measurements.", valueName: "n"))
    var rounds = 3

    @Option(help: ArgumentHelp("How long each measurement takes.", valueName: "s"))
    var seconds = 3.0

    @Option(help: ArgumentHelp("A part of the full amounts, for a quick look.", valueName: "n"))
    var scale = 1.0

    @Option(help: ArgumentHelp("The highest ratio of Redis' CPU time a call. Status 1 above it.", valueName: "n"))
    var failAbove = 1.15

    func validate() throws {
        guard (1...100).contains(rounds), (0.1...3600).contains(seconds), scale > 0, scale <= 1, failAbove > 0 else {
            throw ValidationError("--rounds takes 1 to 100, --seconds 0.1 to 3600, --scale up to 1, --fail-above more than 0")
        }
    }

    func run() async throws {
        let steps = (only.isEmpty ? GrowthCase.allCases : only).flatMap { $0.steps(scale: scale) }
        let (rounds, seconds, bound) = (rounds, seconds, failAbove)
        let failures = try await Interruptible.run {
            print(GrowthRow.header)
            var failures: [String] = []
            for step in steps {
                let row = try await GrowthPair(step: step, rounds: rounds, seconds: seconds).run()
                print(row.text)
                if row.commandsDiffer {
                    failures.append("\(row.title): a call takes other commands than alone: \(row.commandDifferences)")
                }
                if row.isBounded, row.ratio > bound {
                    failures.append("\(row.title): \(Units.fixed(row.ratio, 2)) times the CPU time of Redis")
                }
            }
            return failures
        }
        for failure in failures { ScenarioRun.note("failed: \(failure)") }
        if !failures.isEmpty { throw ExitCode(1) }
    }
}
