import ArgumentParser
import Foundation
import LoadDriver
import LocalProcess

/// `loadtest micro`: the instructions of the pieces of the hot path, beside those of the baseline.
struct MicroCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "micro",
        abstract: "Count the instructions of the pieces of the hot path, and compare them with a baseline.",
        discussion: """
            Runs the pieces, and a redis-server of its own for those of Redis, under valgrind: its counts are the same in each run, \
            however busy the machine is. Debug and release builds, versions of Swift and of Redis have counts of their own in the \
            baseline. Exits with 1 where a piece is above --fail-above, and with 3 where it has no baseline then.
            """
    )

    @Option(help: ArgumentHelp("Only this piece; may be repeated.", valueName: "piece"))
    var only: [MicroPiece] = []

    @Flag(help: "List the pieces.")
    var list = false

    @Option(help: ArgumentHelp("Exit with 1 if a piece takes so much more than its baseline.", valueName: "percent"))
    var failAbove: Share?

    @Option(help: ArgumentHelp("What to compare with. (default: loadtest/micro.json of the package)", valueName: "file"))
    var baseline: String?

    @Flag(help: "Write the counts into the baseline.")
    var write = false

    @Option(help: ArgumentHelp("Keep the profile of each piece in this folder, for callgrind_annotate.", valueName: "folder"))
    var profile: String?

    @Flag(help: "Print the counts as JSON, in the form of the baseline.")
    var json = false

    /// Counts that differ by less are taken for the same.
    private static let tolerance = 0.03

    func run() async throws {
        if list { return Self.printList() }
        let file = try RunCommand.checked { try baseline ?? Self.usualBaseline() }
        var known = try RunCommand.checked { try InstructionBaseline.load(file: file) }
        let pieces = MicroPiece.allCases.filter { only.isEmpty || only.contains($0) }
        let counter = MicroCounter(profiles: profile)
        let counts = try await Interruptible.run { try await counter.count(pieces) }
        let comparison = InstructionComparison(counts, known)
        if json {
            var measured = InstructionBaseline()
            for count in counts { measured[count.piece, count.environment] = count.instructions }
            print(String(decoding: try measured.json(), as: UTF8.self), terminator: "")
        } else {
            let environments = counts.map(\.environment).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            print("\(environments.joined(separator: "; "))\n\n\(comparison.text(tolerance: failAbove?.value ?? Self.tolerance))")
        }
        if write {
            for count in counts { known[count.piece, count.environment] = count.instructions }
            try PackageFiles.write(try known.json(), to: file)
        } else if let failAbove {
            try Self.judge(comparison, failAbove.value)
        }
    }

    /// Beside the scenarios, also before it is written for the first time.
    private static func usualBaseline() throws -> String {
        (try PackageFiles.place(of: "loadtest/scenarios") as NSString).deletingLastPathComponent + "/micro.json"
    }

    private static func judge(_ comparison: InstructionComparison, _ share: Double) throws {
        let failures = comparison.failures(above: share)
        for failure in failures { ScenarioRun.note("failed: \(failure)") }
        if !failures.isEmpty { throw ExitCode(1) }
        guard comparison.missing.isEmpty else {
            throw LoadTestError(
                "no baseline for \(comparison.missing.joined(separator: ", ")): measure it before the change, with --write"
            )
        }
    }

    private static func printList() {
        for piece in MicroPiece.allCases {
            print("\(piece.rawValue.padding(toLength: 20, withPad: " ", startingAt: 0)) \(piece.summary)")
        }
    }
}
