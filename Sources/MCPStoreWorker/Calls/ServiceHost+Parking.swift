import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// Calls that are here and have not been sent: they wait for the list of tools, or for the answer of a call that is the same.
extension ServiceHost {
    /// Notes a call that waits. It ends at its deadline like any other.
    func park(_ delivery: Delivery) {
        let entry = delivery.entry
        let now = now(for: entry)
        var call = RunningCall(delivery: delivery, worker: queue.workerID, started: now)
        call.isParked = true
        let job = delivery.job
        let left = job.runLimit > 0 ? min(delivery.deadline - now, job.runLimit * 1000) : delivery.deadline - now
        call.timer = eventLoop.scheduleTask(in: .microseconds(Int64(max(left, 1000)))) { [weak self] in
            self?.assumeIsolated { $0.endParked(entry, MCPError(.timedOut, "its deadline passed before it was sent")) }
        }
        running[entry] = call
    }

    /// Starts a call that waited, as if it had just come.
    func startParked(_ entry: EntryID, shares: Bool = true) {
        guard let call = running[entry], call.isParked else { return }
        // It may have waited for long, in which this worker may have been taken for dead.
        guard queue.hasLease(of: entry.origin) else {
            return endParked(entry, MCPError(.closed, "the worker lost its lease while the call waited"))
        }
        call.timer?.cancel()
        running[entry] = nil
        run(call.delivery, shares: shares)
        if running.isEmpty { becameIdle() }
    }

    /// Ends a call that waits, which certainly did not run.
    func endParked(_ entry: EntryID, _ error: MCPError) {
        guard running[entry]?.isParked == true else { return }
        answered(entry, .failed(error))
    }
}
