import ArgumentParser
import Foundation
import Glibc
import LoadDriver
import LocalProcess

/// `loadtest run`: runs a scenario and says what was measured.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a scenario and print what was measured.",
        discussion: """
            Starts the coordinator and worker processes that the scenario needs, and a private redis-server where --redis is not \
            given; all of them end with it. Ctrl-C ends it early, with what was measured until then. Exits with 0, 1 where a \
            --fail-if condition holds, 2 on wrong usage, 3 where the run could not be made, 130 after Ctrl-C.
            """
    )

    @OptionGroup var options: ScenarioOptions

    @Flag(help: "List the scenarios that come with the load tester.")
    var list = false

    @Option(help: ArgumentHelp("Write the result as JSON (docs/loadtest.md).", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write the result as a page to show to others.", valueName: "file"))
    var html: String?

    @Option(help: ArgumentHelp("Show ratios to an earlier result.", valueName: "file.json"))
    var compare: String?

    @Option(
        help: ArgumentHelp("Exit with 1 if this holds, such as 'p99>5ms' or 'errors>0'; may be repeated.", valueName: "condition")
    )
    var failIf: [String] = []

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        guard list || options.scenario != nil else {
            throw ValidationError("--scenario NAME is missing; --list shows what there is")
        }
        for condition in failIf { try Self.checked { _ = try FailCondition(condition) } }
    }

    func run() async throws {
        if list { return try Self.printList() }
        let (scenario, old) = try Self.checked {
            (try options.load(), try compare.map { try LoadReport.load(file: $0) })
        }
        for file in [json, html].compactMap({ $0 }) { try PackageFiles.checkWritable(file) }
        let conditions = try Self.checked { try (scenario.failIf + failIf).map { try FailCondition($0) } }
        let report = try await Interruptible.run {
            try await ScenarioRun.run(
                scenario,
                redis: options.redis,
                showsProgress: !quiet && isatty(STDERR_FILENO) == 1
            )
        }
        print(TextReport(report).text)
        if let old { print("\n" + Comparison(new: report, old: old).text) }
        if let json { try PackageFiles.write(try report.json(), to: json) }
        if let html { try PackageFiles.write(Data(HTMLReport(report, comparedWith: old).html.utf8), to: html) }
        if report.endedEarly { throw ExitCode(130) }
        let violations = conditions.compactMap { $0.evaluate(report) }
        for violation in violations { ScenarioRun.note("failed: \(violation)") }
        if !violations.isEmpty { throw ExitCode(1) }
    }

    private static func printList() throws {
        for scenario in try checked({ try ScenarioFiles.all() }) {
            let name = scenario.name.padding(toLength: max(scenario.name.count, 18), withPad: " ", startingAt: 0)
            print("\(name) \(scenario.description)")
        }
    }

    /// Wrong usage has a status of its own.
    static func checked<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw ValidationError("\(error)") }
    }
}
