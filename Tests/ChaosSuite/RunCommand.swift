import ArgumentParser
import Foundation
import Glibc
import LocalProcess

/// `chaos`: one run.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Break a cluster under load and prove that no accepted call is lost or run twice by accident.",
        discussion: """
            Starts redis-server (appendfsync always), coordinators, workers and callers, breaks them by a schedule that the seed \
            decides, and compares what callers, tools and Redis wrote down. Exits with 0 where everything held, 1 where something \
            did not, 2 on wrong usage, 3 where the run could not be made.
            """
    )

    @Option(help: "How long the load lasts.") var minutes = 1.0
    @Option(help: "Calls in all, spread over the time. (default: as many as are answered)") var calls: Int?
    @Option(help: "What decides on faults, victims and calls. (default: a random one)") var seed: UInt64?
    @Option(help: "Only this fault; may be repeated. (default: all)") var only: [String] = []
    @Option(help: "redis-server's appendfsync: always or everysec.") var appendfsync = "always"
    @Flag(help: "Keep ledgers, records and logs also where everything held.") var keep = false
    @Flag(help: "List the faults.") var list = false
    @Flag(help: "Print the schedule and end.") var dryRun = false

    func validate() throws {
        guard minutes >= 0.1, minutes <= 1440 else { throw ValidationError("--minutes must be from 0.1 to 1440") }
        guard calls.map({ $0 > 0 }) ?? true else { throw ValidationError("--calls must be more than 0") }
        guard ["always", "everysec"].contains(appendfsync) else { throw ValidationError("--appendfsync is always or everysec") }
        for name in only {
            do { _ = try FaultCatalog.find(name) } catch { throw ValidationError(error.description) }
        }
    }

    func run() async throws {
        if list { return Console.say(FaultCatalog.all.map(\.name).joined(separator: "\n")) }
        let seed = seed ?? UInt64.random(in: 1...999_999)
        let milliseconds = Int(minutes * 60_000)
        let faults = FaultCatalog.all.filter { only.isEmpty || only.contains($0.name) }
        // A seed for each part, so that its faults are the same ones whether those of the other part are there or not.
        let schedules = FaultPart.allCases.enumerated().map { number, part in
            Schedule(
                seed: seed &+ UInt64(number) &* 1_000_003,
                milliseconds: milliseconds,
                faults: faults.filter { $0.part == part }.map { ($0.name, $0.lengths) }
            )
        }
        var plan = ClusterPlan(seed: seed)
        plan.appendfsync = appendfsync
        if let calls {
            plan.calls = (calls + plan.callers - 1) / plan.callers
            // Somewhat faster than needed: calls that faults hold up do not make the run longer.
            plan.rate = Double(calls) / Double(plan.callers) / (minutes * 60) * 1.1
        }
        Console.say("seed \(seed), \(minutes) min, appendfsync \(appendfsync)")
        for event in schedules.flatMap(\.events).sorted(by: { $0.at < $1.at }) { Console.say("  \(event)") }
        if dryRun { return }
        var template = Array("/tmp/mcpstore-chaos-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ChaosError("mkdtemp: \(String(cString: strerror(errno)))") }
        let directory = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }

        let run = ChaosRun(plan: plan, schedules: schedules, milliseconds: milliseconds, directory: directory)
        let evidence: Evidence
        do {
            evidence = try await Interruptible.run { try await run.run() }
        } catch {
            if error is CancellationError, !keep { try remove(directory) } else { Console.note("logs are in \(directory)") }
            throw error
        }
        let verdict = Judge(evidence).verdict()
        Console.status("")
        Console.say(verdict.text)
        for line in verdict.details { Console.say(line) }
        if verdict.holds, !keep { try remove(directory) } else { Console.say("ledgers, records and logs are in \(directory)") }
        guard verdict.holds else {
            Console.say("FAILED; again with: \(again(seed))")
            throw ExitCode(1)
        }
    }

    private func again(_ seed: UInt64) -> String {
        var words = ["./Tests/chaos", "--seed", "\(seed)", "--minutes", "\(minutes)"]
        if let calls { words += ["--calls", "\(calls)"] }
        if appendfsync != "always" { words += ["--appendfsync", appendfsync] }
        for name in only { words += ["--only", name] }
        return words.joined(separator: " ")
    }

    private func remove(_ directory: String) throws { try FileManager.default.removeItem(atPath: directory) }
}
