import MCPStoreRedis
import NIOCore

/// The dead letters of one space: jobs that were given up, to be looked at, replayed, or thrown away.
package struct RedisDeadLetters: Sendable {
    /// Letters that are looked at, or deleted, in one command.
    private static let page = 500

    private let queue: RedisJobQueue
    private var client: RedisClient { queue.client }
    private var key: String { queue.keys.dead }

    /// - Parameter queue: Submits replays, and waits for their outcomes.
    package init(_ queue: RedisJobQueue) { self.queue = queue }

    /// Letters without their parameters, newest first.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func list(_ filter: DeadFilter) async throws(QueueError) -> [DeadLetter] {
        var found: [DeadLetter] = []
        var from = "+"
        let oldest = filter.since.map { String(max($0, 0)) } ?? "-"
        repeat {
            let reply = try await evaluate(Scripts.deadList, [key], [.string(from), .string(oldest), .int(Self.page)])
            guard var parts = reply.array?.makeIterator(), let next = parts.next()?.string else {
                throw QueueError(.redis, "the script dead_list answered with something unexpected")
            }
            while let id = parts.next()?.string, let fields = parts.next()?.array, let size = parts.next()?.integer {
                let letter = DeadLetter(id: id, fields, size: size, space: queue.space)
                if filter.accepts(letter) { found.append(letter) }
                if found.count >= filter.limit { return found }
            }
            from = next
        } while !from.isEmpty
        return found
    }

    /// One letter with its parameters; `nil` where there is none.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func letter(_ id: String) async throws(QueueError) -> DeadLetter? {
        let id = try Self.checked(id)
        let reply = try await execute(RedisCommand("XRANGE", key, id, id))
        guard let fields = reply.array?.first?.array?[1].array else { return nil }
        return DeadLetter(id: id, fields, space: queue.space)
    }

    /// Deletes letters.
    ///
    /// - Returns: How many there were.
    /// - Throws: ``QueueError`` (`redis`, `rejected`).
    package func purge(_ ids: [String]) async throws(QueueError) -> Int {
        var count = 0
        for start in stride(from: 0, to: ids.count, by: Self.page) {
            var command = RedisCommand("XDEL", argumentCapacity: Self.page * 32)
            command.append(key)
            for id in ids[start..<min(start + Self.page, ids.count)] { command.append(try Self.checked(id)) }
            count += try await execute(command).integer ?? 0
        }
        return count
    }

    /// Submits the job of a letter anew, and takes the letter away, in one step.
    ///
    /// - Parameters:
    ///   - timeout: The new job's deadline in milliseconds; `nil`: as long as that of the old one.
    /// - Returns: The id of the new job. ``answer(of:)`` reads how it ended.
    /// - Throws: ``QueueError``: `rejected` (there is no such letter or service), `busy`, `notAccepted`, `redis`.
    package func replay(_ id: String, timeout: Int? = nil) async throws(QueueError) -> String {
        let job = try await job(id, timeout: timeout, waits: false)
        let call = queue.replayCall(job)
        for attempt in 1... {
            do {
                let reply = try await client.evaluate(Scripts.deadReplay, keys: call.keys, arguments: call.arguments)
                if let error = RedisJobQueue.replayError(job, reply) { throw error }
                break
            } catch let error as RedisError {
                // The script knows its own: it may be sent again.
                guard error.mayHaveExecuted, error.code != .server, attempt < 3 else { throw QueueError(error) }
            } catch let error as QueueError {
                throw error
            } catch {
                throw QueueError(.redis, "\(error)")
            }
        }
        queue.wake(job.laneID)
        return job.id
    }

    /// The same, and waits for the outcome. Cancelling the task cancels the new job.
    package func replayAndWait(_ id: String, timeout: Int? = nil) async throws(QueueError) -> (job: Job, outcome: Outcome) {
        let job = try await job(id, timeout: timeout, waits: true)
        return (job, try await queue.replay(job))
    }

    /// How a replay ended.
    ///
    /// - Returns: `nil` where nothing is known of it (any more), an outcome without one while it runs.
    /// - Throws: ``QueueError`` (`redis`).
    package func answer(of job: String) async throws(QueueError) -> (service: String, outcome: Outcome?)? {
        let fields = ["outcome", "payload", "worker", "attempt", "waited", "ran", "ended", "status", "service"]
        var command = RedisCommand("HMGET", argumentCapacity: 256)
        command.append(queue.keys.record(job))
        fields.forEach { command.append($0) }
        guard let words = try await execute(command).array.map(Array.init), words.count == fields.count,
            let status = words[7].string
        else { return nil }
        return (words[8].string ?? "", status == "ended" ? RedisJobQueue.recordedOutcome(words) : nil)
    }

    /// The new job of a letter, without its parameters, which do not leave Redis.
    private func job(_ id: String, timeout: Int?, waits: Bool) async throws(QueueError) -> Job {
        guard let letter = try await letter(id) else { throw .noLetter(id) }
        guard let lane = letter.lane else {
            throw QueueError(
                .rejected,
                "the dead letter \(id) does not say which service it belongs to: an older version wrote it; call the tool anew"
            )
        }
        var job = Job(
            id: queue.makeJobID(),
            service: lane.service,
            lane: lane.lane,
            method: letter.method,
            name: letter.name,
            parameters: ByteBuffer(),
            inbox: waits ? queue.caller : "",
            timeout: timeout ?? letter.timeout,
            submitted: queue.now,
            toolKey: letter.toolKey
        )
        job.record = job.id
        job.deadLetter = letter.id
        return job
    }

    private static func checked(_ id: String) throws(QueueError) -> String {
        guard id.utf8.count <= 41, EntryID(id).milliseconds > 0 else {
            throw QueueError(.rejected, "'\(id.prefix(60))' is no id of a dead letter: they look like 1700000000000-0")
        }
        return id
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
