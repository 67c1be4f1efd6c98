import DequeModule
import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// Sends settlements of one space in self-clocked batches: at once when none is in flight, otherwise collected until the
/// reply. No added latency when idle, large batches under load, no timer.
///
/// A batch whose reply was lost is sent again: the fence of the script makes that harmless.
package final class SettleBatcher: Sendable {
    package typealias Completion = @Sendable (Settlement.Result) -> Void

    private struct Item {
        var settlement: Settlement
        var completion: Completion?
    }

    private struct State {
        var waiting: Deque<Item> = []
        var isSending = false
        var failures = 0
        var recent = RecentSettlements()
    }

    static let largestBatch = 128
    static let largestBatchBytes = 1 << 20
    /// Plain settlements of one inbox become one entry of it, of which a reader takes many at once.
    static let largestPlainBatchBytes = 128 << 10

    private let space: Space
    let client: RedisClient
    private let clock: ServerClock
    let eventLoop: any EventLoop
    private let logger: Logger
    private let barrier: ReplicaBarrier?
    private let onSettled: (@Sendable ([EntryID]) -> Void)?
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - barrier: Of the client's connection: settlements are kept for ``replay()`` until replicas have confirmed them.
    ///   - onSettled: Gets the entries of each batch that Redis has confirmed, on the event loop.
    init(
        space: Space,
        client: RedisClient,
        clock: ServerClock,
        eventLoop: any EventLoop,
        logger: Logger,
        barrier: ReplicaBarrier? = nil,
        onSettled: (@Sendable ([EntryID]) -> Void)? = nil
    ) {
        self.barrier = barrier
        self.onSettled = onSettled
        self.space = space
        self.client = client
        self.clock = clock
        self.eventLoop = eventLoop
        self.logger = logger
    }

    /// How many settlements are not confirmed yet.
    package var unconfirmed: Int { state.withLockedValue { $0.waiting.count + ($0.isSending ? 1 : 0) } }

    /// Settles one job. `completion` runs on the event loop once Redis has confirmed what became of it, or once the client is
    /// closed (`unconfirmed`).
    package func settle(_ settlement: Settlement, completion: Completion? = nil) {
        let starts = state.withLockedValue { state in
            state.waiting.append(Item(settlement: settlement, completion: completion))
            defer { state.isSending = true }
            return !state.isSending
        }
        guard starts else { return }
        // At the end of the tick, so that what completes together is settled together. (Sending in bursts of a tick, or two
        // batches at once, was measured: Redis then has more to do a job, and throughput falls.)
        eventLoop.execute { self.sendNext() }
    }

    /// Sends the last settlements again: a Redis that came back from its disk, or a replica that took over, may have forgotten
    /// them.
    ///
    /// - Returns: Their entries. Until they are settled, Redis may say that they still have to be run.
    @discardableResult
    package func replay() -> [EntryID] {
        let recent = state.withLockedValue { $0.recent.take() }
        for settlement in recent { settle(settlement.again()) }
        return recent.map(\.entry)
    }

    private func sendNext() {
        let batch = state.withLockedValue { state -> [Item] in
            let batch = Self.takeBatch(from: &state.waiting)
            state.isSending = !batch.isEmpty
            return batch
        }
        if !batch.isEmpty { send(batch) }
    }

    /// The first ones that one script can settle together.
    private static func takeBatch(from waiting: inout Deque<Item>) -> [Item] {
        guard let first = waiting.first?.settlement else { return [] }
        let limit = first.isPlain ? largestPlainBatchBytes : largestBatchBytes
        var bytes = 0
        var count = 0
        while count < waiting.count, count < largestBatch {
            let next = waiting[count].settlement
            bytes += next.size
            if count > 0 {
                guard bytes <= limit, next.isPlain == first.isPlain else { break }
                guard !first.isPlain || next.worker == first.worker else { break }
            }
            count += 1
        }
        let batch = Array(waiting.prefix(count))
        waiting.removeFirst(count)
        return batch
    }

    /// - Parameter isRetry: Some of it may have to be claimed, which only the long script does.
    private func send(_ batch: [Item], isRetry: Bool = false) {
        let settlements = batch.map(\.settlement)
        let now = clock.now()
        if !isRetry, settlements[0].isPlain {
            let (command, order) = FinishScript.call(settlements, space: space, finished: now)
            client.send(Scripts.finish, call: command) { result in
                self.answered(batch, settlements, result) { FinishScript.results($0, order: order) }
            }
        } else {
            let call = SettleScript.call(settlements, space: space, finished: now)
            client.send(Scripts.settle, keys: call.keys, arguments: call.arguments) { result in
                self.answered(batch, settlements, result) { SettleScript.results($0, for: settlements) }
            }
        }
    }

    private func answered(
        _ batch: [Item],
        _ settlements: [Settlement],
        _ result: Result<RESPReply, RedisError>,
        _ results: (RESPReply) -> [Settlement.Result]?
    ) {
        switch result {
        case .success(let reply):
            guard let results = results(reply) else {
                return retry(batch, "the settle script answered with something unexpected")
            }
            let ticket = barrier?.ticket() ?? 0
            let forgotten = state.withLockedValue { state in
                state.failures = 0
                return state.recent.append(settlements, ticket: ticket, now: ServerClock.boot()) { ticket in
                    barrier?.isConfirmed(ticket) ?? true
                }
            }
            if forgotten > 0 {
                logger.warning(
                    "settlements were forgotten before replicas confirmed them: too many wait for that",
                    metadata: ["space": "\(space)", "jobs": "\(forgotten)"]
                )
            }
            sendNext()
            onSettled?(settlements.map(\.entry))
            for (item, result) in zip(batch, results) {
                item.completion?(result)
                if !item.settlement.job.record.isEmpty, case .ended = result {
                    RecordNotice.send(item.settlement.job, using: client)
                }
            }
        case .failure(let error) where error.code == .closed:
            // The process is leaving; others settle what is left.
            let dropped = state.withLockedValue { state in
                defer { state.waiting = [] }
                state.isSending = false
                return batch + state.waiting
            }
            logger.debug("the connection was closed before jobs were settled", metadata: ["jobs": "\(dropped.count)"])
            for item in dropped { item.completion?(.unconfirmed) }
        case .failure(let error):
            retry(batch, error.message)
        }
    }

    /// Tries again until Redis confirms: nothing that has its outcome is ever dropped. What is unconfirmed is bounded by
    /// the slots of the worker and by the calls in flight of a caller.
    private func retry(_ batch: [Item], _ message: String) {
        let failures = state.withLockedValue { state in
            state.failures += 1
            return state.failures
        }
        if failures == 1 || failures % 30 == 0 {
            logger.warning(
                "cannot settle jobs, will try again",
                metadata: ["space": "\(space)", "jobs": "\(batch.count)", "error": "\(message)"]
            )
        }
        let delay = TimeAmount.milliseconds(min(50 << min(Int64(failures), 6), 2000))
        // Redis may have been restarted meanwhile, from what its disk had.
        let again = batch.map { Item(settlement: $0.settlement.again(), completion: $0.completion) }
        eventLoop.scheduleTask(in: delay) { self.send(again, isRetry: true) }
    }
}
