import MCPStoreRedis
import NIOCore

/// Jobs with a durable record of their own, as anybody sees them who knows the record: also after their caller is gone.
package struct RedisTasks: Sendable {
    /// Entries that are read at a time, and how many times, where one is looked for.
    private static let page = 8
    private static let mostPages = 1250

    private let jobs: RedisJobQueue

    package init(_ jobs: RedisJobQueue) { self.jobs = jobs }

    /// A record that nobody can guess: 32 hexadecimal digits.
    package static func makeRecord() -> String {
        // The system's generator is one for secrets.
        (0..<16).map { _ in UInt8.random(in: .min ... .max) }.hexadecimal
    }

    /// What a record says.
    package struct State: Sendable {
        /// The service that the job went to, by its stored name.
        package var service: String
        /// The job's id.
        package var job: String
        /// The SHA-256 of its parameters, in hexadecimal.
        package var hash: String
        /// `nil` while it waits or runs.
        package var outcome: Outcome?
    }

    /// Reads a record.
    ///
    /// - Returns: `nil` where there is none: it never was, or its time is over.
    /// - Throws: ``QueueError`` (`redis`).
    package func state(of record: String) async throws(QueueError) -> State? {
        let reply: RESPReply
        do {
            reply = try await jobs.client.execute(
                RedisCommand(
                    "HMGET",
                    jobs.keys.record(record),
                    "outcome",
                    "payload",
                    "worker",
                    "attempt",
                    "waited",
                    "ran",
                    "ended",
                    "status",
                    "service",
                    "job",
                    "hash"
                )
            )
        } catch {
            throw QueueError(error)
        }
        guard let words = reply.array.map(Array.init), words.count == 11, let status = words[7].string else { return nil }
        let outcome = status == "ended" ? RedisJobQueue.recordedOutcome(words) : nil
        return State(service: words[8].string ?? "", job: words[9].string ?? "", hash: words[10].string ?? "", outcome: outcome)
    }

    /// What was put into a record beside what the queue itself keeps there.
    ///
    /// - Returns: The values of the fields, in order; `nil` for each one that is not there.
    /// - Throws: ``QueueError`` (`redis`).
    package func fields(_ names: [String], of record: String) async throws(QueueError) -> [ByteBuffer?] {
        var command = RedisCommand("HMGET", jobs.keys.record(record))
        for name in names { command.append("x:" + name) }
        do {
            let words = try await jobs.client.execute(command).array.map(Array.init) ?? []
            return names.indices.map { $0 < words.count ? words[$0].bytes : nil }
        } catch {
            throw QueueError(error)
        }
    }

    /// Puts something into a record, which lives as long as the record does.
    ///
    /// - Returns: Whether there is such a record.
    /// - Throws: ``QueueError`` (`redis`).
    package func set(_ fields: [(name: String, value: ByteBuffer)], of record: String) async throws(QueueError) -> Bool {
        let arguments = fields.flatMap { [RedisArgument.string("x:" + $0.name), .bytes($0.value)] }
        do {
            let key = jobs.keys.record(record)
            return try await jobs.client.evaluate(Scripts.recordNote, keys: [key], arguments: arguments).integer == 1
        } catch {
            throw QueueError(error)
        }
    }

    /// Ends the job of a record as `cancelled`, unless it has an outcome; its worker is told.
    ///
    /// - Returns: Whether there is such a record.
    /// - Throws: ``QueueError`` (`redis`).
    package func cancel(_ record: String) async throws(QueueError) -> Bool {
        var delivered: Delivery?
        do {
            let key = jobs.keys.record(record)
            let reply = try await jobs.client.execute(RedisCommand("HMGET", key, "status", "stream", "entry", "job"))
            guard let words = reply.array.map(Array.init), words.count == 4, let status = words[0].string else { return false }
            guard status != "ended", let stream = words[1].string, let lane = LaneID(key: stream, in: jobs.space) else {
                return true
            }
            if let delivery = try await find(record, in: lane, from: words[2].string ?? "-") { delivered = delivery }
        } catch {
            throw QueueError(error)
        }
        if let delivered { try await jobs.cancel(delivered) }
        return true
    }

    /// The entry of a job. Where it was run again it has another one, behind the first.
    private func find(_ record: String, in lane: LaneID, from first: String) async throws(RedisError) -> Delivery? {
        var from = first
        for _ in 0..<Self.mostPages {
            // Few at a time: parameters may be large.
            let command = RedisCommand("XRANGE", lane.key, from, "+", "COUNT", String(Self.page))
            let entries = try await jobs.client.execute(command).array.map(Array.init) ?? []
            let deliveries = entries.lazy.compactMap { JobFields.delivery($0, lane: lane) }
            if let delivery = deliveries.first(where: { $0.job.record == record }) { return delivery }
            guard entries.count == Self.page, let last = entries.last?.array?.first?.string else { return nil }
            from = "(" + last
        }
        return nil
    }
}
