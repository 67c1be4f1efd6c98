import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers

/// Watches over the leases of the workers, and recovers what the dead leave.
actor WatchDuty: Duty {
    static let name = "watch"

    /// So many times it is tried to take a dead worker's views away before it is forgotten without.
    private static let mostFailures = 20

    nonisolated let alarm: Alarm
    private let office: OfficeContext
    private let workersLeft: @Sendable () -> Void
    /// Workers whose recovery failed, and how many times.
    private var failures: [String: Int] = [:]

    /// - Parameter workersLeft: Called before the jobs of dead workers are recovered, so that their services are placed anew
    ///   meanwhile.
    init(_ office: OfficeContext, workersLeft: @escaping @Sendable () -> Void) {
        self.office = office
        self.workersLeft = workersLeft
        alarm = Alarm(eventLoop: office.eventLoop)
    }

    nonisolated func notice(_ event: PoolEvent) {
        switch event {
        case .workerJoined, .workerLeft: alarm.ring()
        case .serviceChanged, .delayed: break
        }
    }

    nonisolated func resync() {}

    func perform() async throws(QueueError) -> Int {
        let lease = office.options.workerLeaseMicroseconds
        // Before anybody is taken for dead: has Redis been there for everybody all the time?
        let time = try await heardFromRedis()
        try await recoverTheEnded()
        let began = ServerClock.boot()
        let wait = office.patience.withLockedValue { $0.remaining(now: began) }
        guard wait == 0 else { return began + min(wait, lease / 3) }
        try office.term.verify()
        // Workers may have other leases than this one is told of.
        let (limit, longest) = ((time + lease / 4) / 1000, lease * 4 / 1000)
        guard let (dead, nextExpiry) = try await office.pool.expireWorkers(notAfter: limit, longest: longest) else {
            office.patience.withLockedValue { $0.begin(now: ServerClock.boot()) }
            return ServerClock.boot() + lease / 3
        }
        if !dead.isEmpty { workersLeft() }
        for worker in dead.sorted() { try await recover(worker) }
        failures = failures.filter { dead.contains($0.key) }
        // A millisecond more, so that the lease has really run out by then.
        let next = nextExpiry.map { max($0 + 1, 1) * 1000 } ?? .max
        return ServerClock.boot() + min(next, lease / 3)
    }

    /// Those whose lease was taken away already need no patience, nor do those whose process is gone.
    private func recoverTheEnded() async throws(QueueError) {
        if office.options.looksForProcesses {
            for worker in try await office.pool.workers() where worker.isProvablyGone {
                try office.term.verify()
                if try await office.pool.end(worker.id) {
                    office.logger.log(.info, "the process of a worker is gone", [.worker: worker.id])
                }
            }
        }
        let ended = try await office.pool.expired()
        if !ended.isEmpty { workersLeft() }
        for worker in ended.sorted() { try await recover(worker) }
    }

    /// Asks Redis for its time.
    private func heardFromRedis() async throws(QueueError) -> Int {
        let sent = ServerClock.boot()
        let reply: RESPReply
        do { reply = try await office.client.execute(RedisCommand("TIME")) } catch { throw QueueError(error) }
        guard let parts = reply.array, parts.count == 2, let seconds = parts[0].integer, let micros = parts[1].integer else {
            throw QueueError(.redis, "TIME was answered with something unexpected")
        }
        let received = ServerClock.boot()
        let time = seconds * 1_000_000 + micros
        office.clock.measured(server: time, sent: sent, received: received)
        office.patience.withLockedValue {
            $0.heard(now: received)
            $0.told(server: time, sent: sent, received: received)
        }
        return time
    }

    /// One worker that cannot be recovered does not keep others from it; it stays among the dead and is tried again.
    private func recover(_ worker: String) async throws(QueueError) {
        do throws(QueueError) {
            let isHopeless = failures[worker, default: 0] >= Self.mostFailures
            let count = try await WorkerRecovery(office: office, worker: worker, ignoresViews: isHopeless).run()
            failures[worker] = nil
            office.logger.log(
                .info,
                "a worker died, its jobs were recovered",
                [.worker: worker, .moved: String(count.moved), .ended: String(count.ended), .notOurs: String(count.notOurs)]
            )
        } catch {
            try office.term.verify()
            guard office.client.isConnected else { throw error }
            let times = failures[worker, default: 0] + 1
            failures[worker] = times
            office.logger.log(
                times == 1 || times % 60 == 0 ? .warning : .debug,
                "a dead worker could not be recovered, it is tried again",
                [.worker: worker, .error: error.message]
            )
        }
    }
}
