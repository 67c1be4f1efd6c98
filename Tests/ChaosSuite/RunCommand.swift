import ArgumentParser
import Foundation
import LocalProcess

/// `chaos`: one run, or several with seeds that follow one another.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Break a cluster under load and prove that no accepted call is lost or run twice by accident.",
        discussion: """
            Starts redis-server, coordinators, workers and callers, breaks them by a schedule that the seed decides, and compares \
            what callers, tools and Redis wrote down. With --seeds several such runs follow one another, and their tables are added. \
            Exits with 0 where everything held, 1 where something did not, 2 on wrong usage, 3 where a run could not be made.
            """
    )

    @Option(help: "How long the load of a run lasts.") var minutes = 1.0
    @Option(help: "Calls of a run in all, spread over the time. (default: as many as are answered)") var calls: Int?
    @Option(help: "Calls a second of a run at most. (default: as many as are answered)") var rate: Double?
    @Option(help: "Calls at the same time of each of the three callers.") var concurrency = 24
    @Option(help: "What decides on faults, victims and calls. (default: a random one)") var seed: UInt64?
    @Option(help: "So many runs one after another: with the seed and those that follow it.") var seeds = 1
    @Option(help: "Only this fault; may be repeated. (default: all)") var only: [String] = []
    @Option(
        name: [.customLong("fsync"), .customLong("appendfsync")],
        help: "redis-server's appendfsync: always, or everysec, whose window is counted in a line of its own."
    ) var appendfsync = "always"
    @Flag(help: "Keep ledgers, records and logs also where everything held.") var keep = false
    @Flag(help: "List the faults.") var list = false
    @Flag(help: "Print the schedule and end.") var dryRun = false
    @Flag(help: "Build and break what is optimised. (Tests/chaos sees to it: it builds with -c release.)") var release = false

    func validate() throws {
        guard minutes >= 0.1, minutes <= 1440 else { throw ValidationError("--minutes must be from 0.1 to 1440") }
        guard calls.map({ $0 > 0 }) ?? true, rate.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--calls and --rate must be more than 0")
        }
        guard calls == nil || rate == nil else { throw ValidationError("--calls and --rate are two ways of saying the same") }
        guard (1...1000).contains(concurrency) else { throw ValidationError("--concurrency must be from 1 to 1000") }
        guard (1...10_000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 10000") }
        guard ["always", "everysec"].contains(appendfsync) else { throw ValidationError("--fsync is always or everysec") }
        try Build.check(release)
        for name in only {
            do { _ = try FaultCatalog.find(name) } catch { throw ValidationError(error.description) }
            guard FaultCatalog.all(appendfsync: appendfsync).contains(where: { $0.name == name }) else {
                throw ValidationError("with --fsync \(appendfsync) there is no \(name)")
            }
        }
    }

    func run() async throws {
        if list { return Console.say(FaultCatalog.all.map(\.name).joined(separator: "\n")) }
        let first = seed ?? UInt64.random(in: 1...999_999)
        let faults = try possibleFaults()
        let runs = (0..<UInt64(seeds)).map { SeededRun(plan(first &+ $0, faults), minutes: minutes, faults: faults) }
        let series = SeriesRun(runs: runs, title: "\(minutes) min, appendfsync \(appendfsync)", keep: keep, options: options)
        guard !dryRun else { return series.showSchedules() }
        let result = try await Interruptible.run { try await series.run() }
        if runs.count > 1 { Console.say("\n\(result.table)") }
        if let code = result.exitCode { throw ExitCode(code) }
    }

    /// Those that can be on this machine. What is left out is said aloud; what was asked for is not left out.
    private func possibleFaults() throws -> [any Fault] {
        try FaultCatalog.all(appendfsync: appendfsync).filter { fault in
            guard only.isEmpty || only.contains(fault.name) else { return false }
            guard let obstacle = fault.obstacle() else { return true }
            guard only.isEmpty else { throw ChaosError("\(fault.name) cannot be: \(obstacle)") }
            Console.say("LEFT OUT: \(fault.name), because \(obstacle)")
            return false
        }
    }

    private func plan(_ seed: UInt64, _ faults: [any Fault]) -> ClusterPlan {
        var plan = ClusterPlan(seed: seed)
        plan.appendfsync = appendfsync
        plan.concurrency = concurrency
        plan.faults = Set(faults.map(\.name))
        plan.rate = rate.map { $0 / Double(plan.callers) }
        if let calls {
            plan.calls = (calls + plan.callers - 1) / plan.callers
            // Somewhat faster than needed: calls that faults hold up do not make the run longer.
            plan.rate = Double(calls) / Double(plan.callers) / (minutes * 60) * 1.1
        }
        return plan
    }

    /// What a run takes besides its seed so that it is the same again.
    private var options: [String] {
        var words = ["--minutes", "\(minutes)"]
        if let calls { words += ["--calls", "\(calls)"] }
        if let rate { words += ["--rate", "\(rate)"] }
        if concurrency != 24 { words += ["--concurrency", "\(concurrency)"] }
        if appendfsync != "always" { words += ["--fsync", appendfsync] }
        if Build.isOptimised { words.append("--release") }
        for name in only { words += ["--only", name] }
        return words
    }
}
