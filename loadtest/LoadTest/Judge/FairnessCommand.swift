import ArgumentParser
import Foundation
import LoadDriver
import LocalProcess

/// `loadtest fairness`: what the flood of one tenant does to the latency of the others.
struct FairnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fairness",
        abstract: "Compare the latency of quiet tenants alone, and beside one that floods the cluster.",
        discussion: """
            The quiet tenants make one call a second each. Then, with the same workers, they do the same beside one more tenant that \
            keeps many calls in flight. Prints the ratios of their latencies, and how much of the flood was answered.
            """
    )

    @Option(help: ArgumentHelp("The Redis to use. (default: a private one)", valueName: "url"))
    var redis: String?

    @Option(help: ArgumentHelp("Quiet tenants.", valueName: "n"))
    var tenants = 20

    @Option(help: ArgumentHelp("Calls that the flooding tenant keeps in flight.", valueName: "n"))
    var flood = 5000

    @Option(help: ArgumentHelp("The lane of the flood: batch or interactive.", valueName: "lane"))
    var floodLane = "batch"

    @Option(help: ArgumentHelp("How long to measure, each time.", valueName: "s"))
    var seconds = 10.0

    @Option(help: ArgumentHelp("Worker processes.", valueName: "n"))
    var workers = 2

    @Flag(help: "Print one JSON object (docs/loadtest.md).")
    var json = false

    func validate() throws {
        guard (1...1000).contains(tenants), (1...20_000).contains(flood), (0.1...3600).contains(seconds),
            (1...64).contains(workers)
        else {
            throw ValidationError("--tenants takes 1 to 1000, --flood 1 to 20000, --workers 1 to 64, --seconds 0.1 to 3600")
        }
        guard ["batch", "interactive"].contains(floodLane) else { throw ValidationError("--flood-lane is batch or interactive") }
    }

    func run() async throws {
        let quiet = Scenario(
            name: "fairness",
            target: .queue,
            workers: workers,
            load: .poisson(rate: Double(tenants)),
            seconds: seconds,
            mix: [MixEntry(name: "quiet", tenants: tenants)]
        )
        let (redis, flood) = (redis, Flood(inFlight: flood, lane: floodLane, tenant: tenants))
        let report = try await Interruptible.run {
            let bed = try await TestBed(flood.with(quiet), redis: redis) { ScenarioRun.note($0) }
            return try await ScenarioRun.using(bed) { _, target in
                let alone = LoadReport(try await LoadRun(scenario: quiet, target: target).run())
                try Task.checkCancellation()
                let (beside, figures) = try await flood.beside(quiet, target)
                try Task.checkCancellation()
                return FairnessReport(alone: alone, beside: beside, flood: figures)
            }
        }
        print(json ? String(decoding: try report.json(), as: UTF8.self) : report.text)
    }
}
