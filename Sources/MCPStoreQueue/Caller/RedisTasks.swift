import MCPStoreRedis
import NIOCore

/// Jobs with a durable record of their own, as anybody sees them who knows the record: also after their caller is gone.
package struct RedisTasks: Sendable {
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

    /// Entries of a lane that are looked at for a job: in one script, and in all.
    static let entriesPerLook = 1000
    static let mostEntries = 10_000

    /// Ends the job of a record as `cancelled`, unless it has an outcome; its worker is told.
    ///
    /// - Returns: Whether there is such a record.
    /// - Throws: ``QueueError`` (`redis`): it may be taken back all the same; the same again says.
    package func cancel(_ record: String) async throws(QueueError) -> Bool {
        let words: [RESPReply]
        do {
            let command = RedisCommand("HMGET", jobs.keys.record(record), "status", "stream", "entry", "job")
            words = try await jobs.client.execute(command).array.map(Array.init) ?? []
        } catch {
            throw QueueError(error)
        }
        guard words.count == 4, let status = words[0].string else { return false }
        guard status != "ended", let stream = words[1].string, let lane = LaneID(key: stream, in: jobs.space) else { return true }
        guard let delivery = try await delivery(of: record, in: lane, from: words[2].string ?? "-") else { return true }
        try await jobs.cancel(delivery)
        return true
    }

    /// Where a job lies: at its first entry, or behind it where it was run again.
    ///
    /// - Returns: `nil` where it is not in the lane.
    private func delivery(of record: String, in lane: LaneID, from first: String) async throws(QueueError) -> Delivery? {
        var from = first
        var left = Self.mostEntries
        while left > 0 {
            let arguments: [RedisArgument] = [.string(record), .string(from), .int(min(left, Self.entriesPerLook))]
            let words: [RESPReply]
            do {
                let reply = try await jobs.client.evaluate(Scripts.recordEntry, keys: [lane.key], arguments: arguments)
                words = reply.array.map(Array.init) ?? []
            } catch {
                throw QueueError(error)
            }
            if words.count == 1 { return JobFields.delivery(words[0], lane: lane) }
            guard words.count == 2, let looked = words[0].integer, looked > 0, let next = words[1].string, !next.isEmpty
            else { return nil }
            left -= looked
            from = next
        }
        throw QueueError(
            .redis,
            "the job was not found among \(Self.mostEntries) entries of the lane '\(lane.key)', so it was not cancelled: "
                + "cancel it again when fewer jobs are queued"
        )
    }
}
