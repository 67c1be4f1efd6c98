import Foundation
import Glibc
import LocalProcess

/// One run as its seed decides it, from the schedule to the verdict.
struct SeededRun: Sendable {
    let plan: ClusterPlan
    /// One of each part; they run side by side.
    let schedules: [Schedule]
    let milliseconds: Int

    /// - Parameters:
    ///   - plan: What is broken; its seed decides on all else.
    ///   - faults: What may happen.
    init(_ plan: ClusterPlan, minutes: Double, faults: [any Fault]) {
        let milliseconds = Int(minutes * 60_000)
        self.milliseconds = milliseconds
        self.plan = plan
        // A seed for each part, so that its faults are the same ones whether those of the other part are there or not.
        schedules = FaultPart.allCases.enumerated().map { number, part in
            Schedule(
                seed: plan.seed &+ UInt64(number) &* 1_000_003,
                milliseconds: milliseconds,
                faults: faults.filter { $0.part == part }.map { ($0.name, $0.lengths) }
            )
        }
    }

    var events: [PlannedFault] { schedules.flatMap(\.events).sorted { $0.at < $1.at } }

    /// Makes the run and judges it. Where everything held its files are deleted, unless they are to be kept.
    ///
    /// - Returns: The verdict, and where its files are, if they still are.
    /// - Throws: ``ChaosError`` and others where the run could not be made; its files are kept. `CancellationError`.
    func run(keep: Bool) async throws -> (verdict: Verdict, directory: String?) {
        var template = Array("/tmp/mcpstore-chaos-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ChaosError("mkdtemp: \(String(cString: strerror(errno)))") }
        let directory = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        let verdict: Verdict
        do {
            let run = ChaosRun(plan: plan, schedules: schedules, milliseconds: milliseconds, directory: directory)
            // What is known of a run takes much more room than its verdict.
            verdict = Judge(try await run.run()).verdict()
        } catch {
            if error is CancellationError, !keep { try remove(directory) } else { Console.note("logs are in \(directory)") }
            throw error
        }
        guard verdict.holds, !keep else { return (verdict, directory) }
        try remove(directory)
        return (verdict, nil)
    }

    private func remove(_ directory: String) throws { try FileManager.default.removeItem(atPath: directory) }
}
