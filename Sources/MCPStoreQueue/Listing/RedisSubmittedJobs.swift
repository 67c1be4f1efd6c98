import MCPStoreRedis
import NIOCore

/// The durable jobs that each principal has left behind: a sorted set for each of them, because their records have ids that nobody
/// can guess, and nothing looks for keys.
package struct RedisSubmittedJobs: Sendable {
    /// How long a job is remembered: as long as it may take (7 days) and its record is kept behind its end (24 hours), in milliseconds.
    package static let retention = 8 * 86_400_000
    /// Of more jobs of one principal the oldest are forgotten by the list, not by their records.
    package static let most = 10_000
    /// Members of one score that are passed over where a page begins: microseconds are rarely shared.
    private static let mostAlike = 16

    private let queue: RedisJobQueue

    package init(_ queue: RedisJobQueue) { self.queue = queue }

    /// Notes a job, before it is submitted: one that is noted and never was is passed over by ``ListedJob`` lists.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func note(_ job: SubmittedJob, of principal: String) async throws(QueueError) {
        do {
            _ = try await queue.client.evaluate(
                Scripts.submittedNote,
                keys: [queue.keys.submitted(principal)],
                arguments: [.int(queue.now), .string(job.member), .int(Self.retention), .int(Self.most)]
            )
        } catch {
            throw QueueError(error)
        }
    }

    /// Jobs of a principal, newest first.
    ///
    /// - Parameter last: Behind which to begin; `nil`: with the newest.
    /// - Returns: At most `limit`; fewer mean the end.
    /// - Throws: ``QueueError`` (`redis`).
    package func list(
        of principal: String,
        after last: (submitted: Int, id: String)?,
        limit: Int
    ) async throws(QueueError) -> [SubmittedJob] {
        let command = RedisCommand(
            "ZREVRANGEBYSCORE",
            queue.keys.submitted(principal),
            last.map { String($0.submitted) } ?? "+inf",
            "-inf",
            "WITHSCORES",
            "LIMIT",
            "0",
            String(limit + (last == nil ? 0 : Self.mostAlike))
        )
        let words: [RESPReply]
        do { words = try await queue.client.execute(command).array.map(Array.init) ?? [] } catch { throw QueueError(error) }
        var jobs = stride(from: 0, to: words.count - 1, by: 2).compactMap {
            SubmittedJob(member: words[$0].string ?? "", score: words[$0 + 1].string ?? "")
        }
        if let last {
            // Those of one score come in the reverse order of their bytes.
            jobs.removeAll { $0.submitted == last.submitted && !$0.id.utf8.lexicographicallyPrecedes(last.id.utf8) }
        }
        return Array(jobs.prefix(limit))
    }

    /// What has become of jobs, in order; `nil` for each one that has no record (any more).
    ///
    /// - Parameter records: Their records.
    /// - Throws: ``QueueError`` (`redis`).
    package func states(_ jobs: [(job: SubmittedJob, record: String)]) async throws(QueueError) -> [ListedJob?] {
        let names = ["status", "stream", "entry", "job", "outcome", "worker", "attempt", "waited", "ran", "ended"]
        let commands = jobs.map { job in
            var command = RedisCommand("HMGET", argumentCapacity: 256)
            command.append(queue.keys.record(job.record))
            for name in names { command.append(name) }
            return command
        }
        var listed: [ListedJob?] = []
        var running: [(index: Int, stream: String, entry: String)] = []
        for ((job, record), result) in zip(jobs, await queue.client.pipeline(commands)) {
            let words: [RESPReply]
            do { words = try result.get().array.map(Array.init) ?? [] } catch { throw QueueError(error) }
            func text(_ index: Int) -> String { index < words.count ? words[index].string ?? "" : "" }
            guard words.count == names.count, words[0].string != nil else {
                listed.append(nil)
                continue
            }
            let lane = LaneID(service: ServiceID(space: queue.space, name: job.service), lane: job.lane)
            var entry = ListedJob(lane: lane, state: text(0) == "ended" ? .ended : .queued)
            (entry.job, entry.tool, entry.record, entry.submitted) = (text(3), job.tool, record, job.submitted)
            if entry.state == .ended {
                entry.outcome = OutcomeKind(rawValue: text(4))
                entry.worker = text(5)
                entry.attempt = max((Int(text(6)) ?? 1).plausible, 1)
                (entry.waited, entry.ran) = (Int(text(7))?.plausible, Int(text(8))?.plausible)
                entry.finished = (Int(text(9)) ?? 0).plausible
            } else if LaneID(key: text(1), in: queue.space) != nil {
                running.append((listed.count, text(1), text(2)))
            }
            listed.append(entry)
        }
        let looks = running.map { RedisCommand("XPENDING", $0.stream, JobGroup.name, $0.entry, $0.entry, "1") }
        let now = queue.now
        // By Redis' clock, as far as this process knows it.
        for (place, result) in zip(running, await queue.client.pipeline(looks)) {
            guard var job = listed[place.index] else { continue }
            let since = EntryID(place.entry).time
            job.waited = max(now - since, 0)
            // A lane that is gone has no group: then it waits for its deadline.
            if case .success(let reply) = result, let given = reply.array?.first?.array.map(Array.init), given.count > 2 {
                job.state = .running
                job.worker = given[1].string ?? ""
                let ran = max((given[2].integer ?? 0).plausible, 0) * 1000
                job.ran = ran
                job.waited = max(now - ran - since, 0)
            }
            listed[place.index] = job
        }
        return listed
    }
}
