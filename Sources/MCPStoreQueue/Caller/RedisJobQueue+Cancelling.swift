import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// Taking back what nobody waits for here: jobs of tasks and of uploaded batches.
extension RedisJobQueue {
    /// Ends a job as `cancelled`, unless it has an outcome; its worker is told.
    ///
    /// - Throws: ``QueueError`` (`redis`) where Redis has not confirmed it in time. It is tried on in the background.
    func cancel(_ delivery: Delivery) async throws(QueueError) {
        let outcome = CallerEnding.outcome(of: delivery.job, as: .cancelled)
        let settlement = Settlement(delivery, .end(outcome), claims: true)
        try await batcher.settleAndWait(settlement) { result in
            // Also where nobody waits for it any more.
            if case .ended(let owner?) = result, !owner.isEmpty {
                self.cancelRunning(delivery.job, entry: delivery.entry, on: owner)
            }
        }
    }
}

extension SettleBatcher {
    /// Settles one job and waits until Redis has confirmed what became of it: twice as long as a command may take, since one batch
    /// may be under way before its own.
    ///
    /// - Parameter completion: As with ``settle(_:completion:)``, also after an error.
    /// - Throws: ``QueueError`` (`redis`) where it was not confirmed in time, which goes on in the background, or will not be.
    func settleAndWait(
        _ settlement: Settlement,
        completion: @escaping @Sendable (Settlement.Result) -> Void
    ) async throws(QueueError) {
        let deadline = TimeAmount(min(client.configuration.socketTimeout, .seconds(300)) * 2)
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Settlement.Result?, Never>) in
            let waiting = NIOLockedValueBox<CheckedContinuation<Settlement.Result?, Never>?>(continuation)
            @Sendable func end(_ result: Settlement.Result?) {
                let taken = waiting.withLockedValue { waiting in
                    defer { waiting = nil }
                    return waiting
                }
                taken?.resume(returning: result)
            }
            let late = eventLoop.scheduleTask(in: deadline) { end(nil) }
            settle(settlement) { result in
                late.cancel()
                completion(result)
                end(result)
            }
        }
        switch result {
        case nil:
            throw QueueError(
                .redis,
                "Redis did not confirm in time that the job was cancelled: it is tried on; cancel it again, or ask for its state, "
                    + "when Redis answers"
            )
        case .unconfirmed:
            throw QueueError(
                .redis,
                "the connection to Redis was closed before it confirmed that the job was cancelled: cancel it again"
            )
        default: return
        }
    }
}
