import ArgumentParser
import Foundation
import LoadDriver
import LocalProcess
import MCPStoreQueue

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

    @Option(help: ArgumentHelp("Jobs that the flooding tenant has queued before that, besides.", valueName: "n"))
    var queued = 0

    @Option(help: ArgumentHelp("How long every call takes, in milliseconds.", valueName: "ms"))
    var ms = 0

    @Option(help: ArgumentHelp("Jobs that a worker runs at the same time.", valueName: "n"))
    var slots = 128

    @Option(help: ArgumentHelp("The lane of the flood: batch or interactive.", valueName: "lane"))
    var floodLane = "batch"

    @Option(help: ArgumentHelp("How long to measure, each time.", valueName: "s"))
    var seconds = 10.0

    @Option(help: ArgumentHelp("Worker processes.", valueName: "n"))
    var workers = 2

    @Flag(help: "Print one JSON object (docs/loadtest.md).")
    var json = false

    func validate() throws {
        guard (1...1000).contains(tenants), (0...20_000).contains(flood), (0.1...3600).contains(seconds),
            (1...64).contains(workers), (0...10_000_000).contains(queued), (0...60_000).contains(ms), (2...10_000).contains(slots)
        else {
            throw ValidationError(
                "--tenants takes 1 to 1000, --flood 0 to 20000, --workers 1 to 64, --seconds 0.1 to 3600, --queued 0 to 10000000, --ms 0 to 60000, --slots 2 to 10000"
            )
        }
        guard flood + queued > 0 else { throw ValidationError("say a flood: --flood or --queued") }
        guard ["batch", "interactive"].contains(floodLane) else { throw ValidationError("--flood-lane is batch or interactive") }
    }

    func run() async throws {
        let quiet = Scenario(
            name: "fairness",
            target: .queue,
            workers: workers,
            slots: slots,
            load: .poisson(rate: Double(tenants)),
            seconds: seconds,
            mix: [MixEntry(name: "quiet", tenants: tenants)]
        )
        let (redis, queued, work, tenant) = (redis, queued, ms, tenants)
        let lane: Lane = floodLane == "batch" ? .batch : .interactive
        let flood = Flood(inFlight: flood, lane: floodLane, tenant: tenants)
        let report = try await Interruptible.run {
            let bed = try await TestBed(flood.with(quiet), redis: redis, work: work) { ScenarioRun.note($0) }
            return try await ScenarioRun.using(bed) { bed, target in
                let alone = LoadReport(try await LoadRun(scenario: quiet, target: target).run())
                try Task.checkCancellation()
                if queued > 0 { try await bed.queue(queued, ofTenant: tenant, lane: lane) }
                let before = try await bed.queued(ofTenant: tenant)
                var (beside, figures) = try await flood.beside(quiet, target)
                try Task.checkCancellation()
                if queued > 0 { figures.queued = .init(before: before, after: try await bed.queued(ofTenant: tenant)) }
                return FairnessReport(alone: alone, beside: beside, flood: figures)
            }
        }
        print(json ? String(decoding: try report.json(), as: UTF8.self) : report.text)
    }
}
