import Foundation

/// The measurements that make a report of the floor.
struct FloorPlan: Sendable {
    let inFlight: [Int]
    let jobs: Int
    let pings: Int
    let batch: Int
    let payload: Int

    /// Measures on a thread of its own: hiredis' calls block.
    ///
    /// - Throws: ``FloorError``; `CancellationError` where the task is cancelled. The streams are removed in any case.
    func run(at address: FloorAddress) async throws -> FloorReport {
        let stop = FloorStop()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread { continuation.resume(with: Result { try measure(at: address, stop) }) }
            }
        } onCancel: {
            stop.request()
        }
    }

    private func measure(at address: FloorAddress, _ stop: FloorStop) throws -> FloorReport {
        let floor = FloorMeasurement(address: address, payload: payload, stop: stop)
        var report = FloorReport(payload: payload, batch: batch)
        for count in inFlight {
            report.add(window: try floor.window(jobs: jobs, inFlight: count, batch: batch), inFlight: count)
        }
        for merges in [false, true] {
            report.add(pingPong: try floor.pingPong(jobs: pings, merges: merges), merges: merges)
        }
        return report
    }
}
