import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers

/// Who leads.
extension Coordinator {
    /// An entry of the pool's events for other coordinators only.
    private static let resigned = "resigned"

    /// Asks for the office, and holds it, until the task is cancelled.
    func campaign() async {
        var term: Task<Void, Never>?
        var isFollowing = false
        while !Task.isCancelled {
            if !isFollowing { isFollowing = await followEvents() }
            term = await askForOffice(term)
            let interval = options.leaseMicroseconds / 3
            // Standbys never ask more than once a second; a leader must, where its lease is short.
            let wait = term == nil ? max(interval, 1_000_000) : interval
            await alarm.wait(until: ServerClock.boot() + wait)
        }
        if let term { await leaveOffice(term, "the coordinator is stopped") }
    }

    /// Gives the office back, within the socket timeout.
    func resign() async {
        guard commands.isConnected else { return }
        do throws(QueueError) {
            guard try await pool.leader() == id else { return }
            try await pool.resign(id)
        } catch {
            logger.log(.debug, "could not resign; the lease will run out", [.error: error.message])
            return
        }
        let news = RedisCommand(
            "XADD",
            options.pool.events,
            "MAXLEN",
            "~",
            String(PoolEvent.kept),
            "*",
            "event",
            Self.resigned,
            "a",
            id,
            "b",
            ""
        )
        if case .failure(let error) = await commands.pipeline([news] + KeyLease.commands(options.pool.events))[0] {
            logger.log(.debug, "could not tell the others, who will notice", [.error: error.message])
        }
    }

    private func askForOffice(_ task: Task<Void, Never>?) async -> Task<Void, Never>? {
        let present = office.withLockedValue { $0 }
        let leadership: Leadership
        let sent: Int
        do throws(QueueError) {
            var answer = try await pool.lead(as: id, lease: options.lease)
            if !answer.0.isMine, try await end(answer.0.leader) {
                answer = try await pool.lead(as: id, lease: options.lease)
            }
            let now = ServerClock.boot()
            (leadership, sent) = (answer.0, answer.sent)
            clock.measured(server: answer.serverTime, sent: sent, received: now)
            patience.withLockedValue { $0.heard(now: now) }
        } catch {
            logger.log(.debug, "cannot ask who leads", [.error: error.message])
            guard let task, let present, !present.context.term.isHeld else { return task }
            await leaveOffice(task, "Redis was away for longer than the lease")
            return nil
        }
        if let task, let present {
            let isSame = leadership.isMine && leadership.token == present.context.term.leadership.token
            if isSame, present.context.term.renew(sent: sent, lease: options.leaseMicroseconds) { return task }
            await leaveOffice(task, leadership.isMine ? "its lease ran out" : "\(leadership.leader) leads")
        }
        guard !leadership.isMine else { return takeOffice(leadership, sent: sent) }
        let isNews = lastLeader.withLockedValue { last in
            defer { last = leadership.leader }
            return last != leadership.leader
        }
        if isNews { logger.log(.info, "this coordinator stands by", [.leader: leadership.leader]) }
        return nil
    }

    /// Takes the office from a leader whose process is gone.
    private func end(_ leader: String) async throws(QueueError) -> Bool {
        guard options.looksForProcesses, let cut = leader.firstIndex(of: "@"),
            let process = ProcessIdentity(leader[leader.index(after: cut)...]), process.isProvablyGone
        else { return false }
        logger.log(.info, "the leader's process is gone", [.leader: leader])
        try await pool.resign(leader)
        return true
    }

    private func takeOffice(_ leadership: Leadership, sent: Int) -> Task<Void, Never> {
        patience.withLockedValue { $0.begin(now: ServerClock.boot()) }
        let context = OfficeContext(
            term: Term(leadership, sent: sent, lease: options.leaseMicroseconds),
            options: options,
            client: commands,
            pool: pool,
            recovery: RedisRecovery(client: commands, clock: clock, logger: logger),
            clock: clock,
            patience: patience,
            directory: Directory(),
            troubles: Troubles(),
            eventLoop: eventLoop,
            logger: logger
        )
        let office = Office(context)
        self.office.withLockedValue { $0 = office }
        logger.log(.info, "this coordinator leads from now on", [.token: String(leadership.token)])
        return Task { await office.run() }
    }

    private func leaveOffice(_ task: Task<Void, Never>, _ reason: String) async {
        let office = self.office.withLockedValue { $0.take() }
        office?.close()
        logger.log(.info, "this coordinator leads no more: \(reason)", [:])
        task.cancel()
        await task.value
    }

    /// Follows the events of the pool from now on. What came before is seen on taking office.
    private func followEvents() async -> Bool {
        let last: String
        do {
            let reply = try await commands.execute(RedisCommand("XREVRANGE", options.pool.events, "+", "-", "COUNT", "1"))
            last = reply.array?.first?.array?.first?.string ?? "0-0"
        } catch {
            logger.log(.debug, "cannot read the events of the pool", [.error: error.message])
            return false
        }
        let office = office
        let alarm = alarm
        reader.add(options.pool.events, from: last) { entries in
            if entries.contains(where: { $0.value("event")?.string == Self.resigned }) { alarm.ring() }
            office.withLockedValue { $0 }?.notice(entries.compactMap(PoolEvent.init))
        }
        return true
    }
}
