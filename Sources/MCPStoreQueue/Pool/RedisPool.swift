import MCPStoreRedis
import NIOCore

/// What the processes of a pool share: who works, who leads, what is placed where.
package struct RedisPool: Sendable {
    package let pool: Pool
    private let client: RedisClient

    package init(_ pool: Pool, client: RedisClient) {
        self.pool = pool
        self.client = client
    }

    // MARK: Workers

    /// Workers that hold a lease.
    package func workers() async throws(QueueError) -> [WorkerRecord] {
        let ids = try await execute(RedisCommand("ZRANGE", pool.leases, "0", "-1")).array?.compactMap(\.string) ?? []
        var workers: [WorkerRecord] = []
        let replies = await client.pipeline(ids.map { RedisCommand("HGETALL", pool.worker($0)) })
        for (id, reply) in zip(ids, replies) {
            guard case .success(let fields) = reply else { continue }
            if let worker = WorkerRecord(id: id, fields) { workers.append(worker) }
        }
        return workers.sorted { $0.id < $1.id }
    }

    /// Takes away leases that have run out.
    ///
    /// - Parameter notAfter: Until when Redis may do so, in milliseconds by its clock: a question that a frozen Redis answers
    ///   late must not take away leases whose renewals were frozen with it. `nil`: whenever it is answered.
    /// - Parameter longest: Leases that end later than so many milliseconds from now are cut to that: Redis' clock went back.
    /// - Returns: Workers whose jobs are to be settled, and in how many milliseconds the next lease may run out; `nil` when
    ///   it was too late and nothing was done.
    package func expireWorkers(
        notAfter: Int?,
        longest: Int? = nil
    ) async throws(QueueError) -> (dead: [String], nextExpiry: Int?)? {
        let arguments = [notAfter, longest].map { $0.map { RedisArgument.int($0) } ?? .string("") }
        let reply = try await evaluate(Scripts.workerExpire, [pool.leases, pool.expired], arguments)
        if reply.string == "LATE" { return nil }
        var elements = reply.array?.compactMap(\.string) ?? []
        let next = elements.popLast().flatMap { Double($0) }.map { Int(plausible: $0) }
        return (elements, next)
    }

    /// Takes away leases that have run out, whenever Redis comes to do it; see ``expireWorkers(notAfter:)``.
    package func expireWorkers() async throws(QueueError) -> (dead: [String], nextExpiry: Int?) {
        guard let answer = try await expireWorkers(notAfter: nil) else {
            throw QueueError(.redis, "the script worker_expire answered with something unexpected")
        }
        return answer
    }

    /// Workers whose lease is gone and whose jobs are not all settled yet.
    package func expired() async throws(QueueError) -> [String] {
        try await execute(RedisCommand("SMEMBERS", pool.expired)).array?.compactMap(\.string) ?? []
    }

    /// Takes away the lease of exactly this worker, whose process is known to be gone (``ProcessIdentity/isProvablyGone``).
    ///
    /// - Returns: Whether it still had one.
    package func end(_ worker: String) async throws(QueueError) -> Bool {
        let arguments: [RedisArgument] = [.string(worker), .int(PoolEvent.kept)]
        return try await evaluate(Scripts.workerEnd, [pool.leases, pool.expired, pool.events], arguments).integer == 1
    }

    /// Deletes what a pool keeps where nobody is in it any more. Of no use for a cluster's pool, which waits for workers.
    ///
    /// - Returns: Whether nobody was in it.
    package func deleteIfEmpty() async throws(QueueError) -> Bool {
        let keys = [pool.leases, pool.expired, pool.leader, pool.leaderToken, pool.events, pool.spaces, pool.placement]
        return try await evaluate(Scripts.poolDelete, keys, []).integer == 1
    }

    /// The lanes that a worker recorded before it read them.
    package func lanes(of worker: String) async throws(QueueError) -> [LaneID] {
        try await execute(RedisCommand("SMEMBERS", pool.streams(worker))).array?.compactMap {
            $0.string.flatMap { LaneID(member: $0) }
        } ?? []
    }

    /// Deletes what a worker left in the pool. Returns false when its lease was renewed meanwhile.
    package func forget(_ worker: String, evenIfAlive: Bool = false) async throws(QueueError) -> Bool {
        let keys = [
            pool.leases, pool.worker(worker), pool.streams(worker), pool.services(worker), pool.control(worker),
            pool.ring(worker),
            pool.events, pool.expired,
        ]
        let reply = try await evaluate(
            Scripts.workerForget,
            keys,
            [.string(worker), .int(PoolEvent.kept), .string(evenIfAlive ? "1" : "0")]
        )
        return reply.integer == 1
    }

    /// The services that are placed on a worker.
    package func services(of worker: String) async throws(QueueError) -> [ServiceID] {
        try await execute(RedisCommand("SMEMBERS", pool.services(worker))).array?.compactMap {
            $0.string.flatMap { ServiceID(member: $0) }
        } ?? []
    }

    package func send(_ message: ControlMessage, to worker: String) async throws(QueueError) {
        _ = try await execute(message.command(to: worker, in: pool))
    }

    // MARK: Leadership and placement

    /// Takes or renews the lease of the leader.
    package func lead(as coordinator: String, lease: Duration) async throws(QueueError) -> (
        Leadership, sent: Int, serverTime: Int
    ) {
        let sent = ServerClock.boot()
        let reply = try await evaluate(
            Scripts.leaderAcquire,
            [pool.leader, pool.leaderToken],
            [.string(coordinator), .int(Int(lease / .milliseconds(1)))]
        )
        guard let parts = reply.array, parts.count == 5, let token = parts[1].integer else {
            throw QueueError(.redis, "the script leader_acquire answered with something unexpected")
        }
        let time = (parts[2].integer ?? 0) * 1_000_000 + (parts[3].integer ?? 0)
        return (Leadership(leader: parts[4].string ?? "", token: token, isMine: parts[0].integer == 1), sent, time)
    }

    package func resign(_ coordinator: String) async throws(QueueError) {
        _ = try await evaluate(Scripts.leaderRelease, [pool.leader], [.string(coordinator)])
    }

    /// The name of the leading coordinator; `nil` where none leads.
    package func leader() async throws(QueueError) -> String? {
        guard let value = try await execute(RedisCommand("GET", pool.leader)).string, let cut = value.lastIndex(of: ":") else {
            return nil
        }
        return String(value[..<cut])
    }

    /// Who hosts what: worker ids by service.
    package func placement() async throws(QueueError) -> [ServiceID: [String]] {
        guard var iterator = try await execute(RedisCommand("HGETALL", pool.placement)).array?.makeIterator() else { return [:] }
        var placement: [ServiceID: [String]] = [:]
        while let name = iterator.next()?.string, let workers = iterator.next()?.string {
            guard let service = ServiceID(member: name) else { continue }
            placement[service] = workers.split(separator: " ").map(String.init)
        }
        return placement
    }

    /// Places a service, as long as `leadership` holds. Returns false when another leads.
    package func place(
        _ service: ServiceID,
        on workers: [String],
        gained: [String],
        lost: [String],
        leadership: Leadership
    ) async throws(QueueError) -> Bool {
        var keys = [pool.leader, pool.placement]
        var arguments: [RedisArgument] = [
            .string("\(leadership.leader):\(leadership.token)"), .string(service.member), .string(workers.joined(separator: " ")),
        ]
        for (list, operation) in [(gained, "place"), (lost, "unplace")] {
            for worker in list {
                keys += [pool.services(worker), pool.control(worker)]
                arguments.append(.string(operation))
            }
        }
        return try await evaluate(Scripts.placementPut, keys, arguments).integer == 1
    }

    // MARK: Spaces and events

    package func spaces() async throws(QueueError) -> [Space] {
        try await execute(RedisCommand("SMEMBERS", pool.spaces)).array?.compactMap { $0.string.flatMap { Space($0) } } ?? []
    }

    /// Makes a space known to the pool: before its first service is written, so that no service is overlooked.
    package func announce(_ space: Space) async throws(QueueError) {
        _ = try await execute(RedisCommand("SADD", pool.spaces, space.description))
    }

    /// Takes away the names of spaces.
    package func forget(_ spaces: [Space]) async throws(QueueError) {
        var command = RedisCommand("SREM", argumentCapacity: spaces.count * 32)
        command.append(pool.spaces)
        for space in spaces { command.append(space.description) }
        _ = try await execute(command)
    }

    package func post(_ event: PoolEvent) async throws(QueueError) {
        for case .failure(let error) in await client.pipeline([event.command(in: pool)] + KeyLease.commands(pool.events)) {
            throw QueueError(error)
        }
    }

    private func execute(_ command: RedisCommand) async throws(QueueError) -> RESPReply {
        do { return try await client.execute(command) } catch { throw QueueError(error) }
    }

    private func evaluate(_ script: RedisScript, _ keys: [String], _ arguments: [RedisArgument]) async throws(QueueError)
        -> RESPReply
    {
        do { return try await client.evaluate(script, keys: keys, arguments: arguments) } catch { throw QueueError(error) }
    }
}
