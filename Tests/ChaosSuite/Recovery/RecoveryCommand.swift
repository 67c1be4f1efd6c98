import ArgumentParser
import Foundation
import LocalProcess

/// `chaos recovery`: how long it takes until a killed worker's jobs have moved or ended, and who notices.
struct RecoveryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery",
        abstract: "Kill a worker under load and measure how long its jobs are held up, and whether other callers notice.",
        discussion: """
            For each lease: three workers under load, of which the one that alone hosts a service is killed. Its jobs must have moved \
            or ended within the lease and a third of it; callers of services on other workers must see no error, and their p99 in the \
            ten seconds after it must be at most twice that before it. Exits with 0 where that is so, else with 1.
            """
    )

    @Option(help: "Leases of workers and coordinators, in seconds; may be repeated. (default: 9 and 3)") var lease: [Int] = []
    @Option(help: "Seconds of load before the worker is killed.") var before = 60
    @Option(help: "Calls a second of each of the two callers.") var rate = 60.0
    @Option(help: "What decides on the calls.") var seed: UInt64 = 1
    @Flag(help: "Keep ledgers and logs.") var keep = false
    @Flag(help: "Build and break what is optimised. (Tests/chaos sees to it: it builds with -c release.)") var release = false

    func validate() throws {
        guard lease.allSatisfy({ (1...60).contains($0) }) else { throw ValidationError("--lease must be from 1 to 60") }
        guard (1...3600).contains(before) else { throw ValidationError("--before must be from 1 to 3600") }
        guard rate > 0, rate <= 10_000 else { throw ValidationError("--rate must be more than 0, and 10000 at most") }
        try Build.check(release)
    }

    func run() async throws {
        var holds = true
        for lease in lease.isEmpty ? [9, 3] : lease {
            let measurement = RecoveryMeasurement(lease: lease, before: before, rate: rate, seed: seed, keep: keep)
            let result = try await Interruptible.run { try await measurement.run() }
            Console.say(result.text)
            holds = holds && result.holds
        }
        if !holds { throw ExitCode(1) }
    }
}
