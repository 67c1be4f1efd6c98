import MCPStoreRedis
import NIOCore

/// The jobs of one space, for who looks at them: those that lie in lanes, whoever sent them. Nothing is searched for among the keys, and
/// what one look reads is bounded.
package struct RedisJobList: Sendable {
    /// The most entries of a lane that one look passes over, those that are not meant included.
    private static let mostLooks = 1000

    /// Some jobs, and where to go on.
    package struct Page: Sendable {
        package var jobs: [ListedJob] = []
        /// `nil` at the end.
        package var next: JobPlace?

        package init(jobs: [ListedJob] = [], next: JobPlace? = nil) {
            self.jobs = jobs
            self.next = next
        }
    }

    private let queue: RedisJobQueue

    package init(_ queue: RedisJobQueue) { self.queue = queue }

    /// Jobs that are queued or run, newest entries first.
    ///
    /// - Parameters:
    ///   - lanes: Where to look; those in which nothing lies cost a command each.
    ///   - place: Behind which to begin; `nil`: with the newest.
    ///   - limit: The most jobs; there may be fewer before the end.
    /// - Throws: ``QueueError`` (`redis`).
    package func live(
        _ lanes: [LaneID],
        _ filter: JobFilter,
        after place: JobPlace?,
        limit: Int
    ) async throws(QueueError) -> Page {
        let arguments: [RedisArgument] = [
            .string(JobGroup.name), .string(place?.entry ?? "+"), .int(limit + 1), .int(Self.mostLooks),
            .string(filter.state?.rawValue ?? ""), .string(filter.tool ?? ""),
        ]
        let client = queue.client
        let replies = await withTaskGroup(of: (LaneID, Result<RESPReply, RedisError>).self) { group in
            for lane in lanes {
                group.addTask {
                    do throws(RedisError) {
                        return (
                            lane, .success(try await client.evaluate(Scripts.jobsList, keys: [lane.key], arguments: arguments))
                        )
                    } catch {
                        return (lane, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var found: [(place: JobPlace, job: ListedJob)] = []
        // Of lanes that were not looked at to their end: what lies behind the first of these places is for the next look.
        var bound: JobPlace?
        for (lane, result) in replies {
            let (jobs, stop) = try Self.read(result, lane)
            found += jobs
            if let stop { bound = bound.map { min($0, stop) } ?? stop }
        }
        found.sort { $0.place < $1.place }
        if let place { found.removeAll { $0.place <= place } }
        if let bound { found.removeAll { $0.place > bound } }
        let isCut = found.count > limit
        let page = found.prefix(limit)
        return Page(jobs: page.map(\.job), next: isCut ? page.last?.place : bound)
    }

    /// Jobs that wait for a time, those that wait longest last.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func delayed(_ filter: JobFilter, limit: Int) async throws(QueueError) -> [ListedJob] {
        let keys = queue.keys
        do throws(RedisError) {
            let command = RedisCommand("ZRANGE", keys.delayed, "0", String(limit - 1), "WITHSCORES")
            let words = try await queue.client.execute(command).array.map(Array.init) ?? []
            guard words.count > 1 else { return [] }
            let due = stride(from: 0, to: words.count - 1, by: 2).map { (words[$0].string ?? "", words[$0 + 1].string ?? "") }
            var fields = RedisCommand("HMGET", keys.delayedJobs)
            for (id, _) in due { fields.append(id) }
            let values = try await queue.client.execute(fields).array.map(Array.init) ?? []
            return zip(due, values).compactMap { due, value in
                guard let job = value.string.flatMap({ DelayedSettlement.job(due.0, $0, in: queue.space) }) else { return nil }
                let lane = job.laneID
                var listed = ListedJob(lane: lane, state: .delayed)
                (listed.job, listed.tool, listed.method, listed.record) = (job.id, job.name, job.method, job.record)
                listed.due = Double(due.1).map { Int(plausible: $0) }
                let isMeant = (filter.service ?? lane.service.name) == lane.service.name && (filter.tool ?? job.name) == job.name
                return isMeant ? listed : nil
            }
        } catch {
            throw QueueError(error)
        }
    }

    /// One answer of the script: jobs, and where it stopped before the end of the lane.
    private static func read(
        _ result: Result<RESPReply, RedisError>,
        _ lane: LaneID
    ) throws(QueueError) -> (jobs: [(place: JobPlace, job: ListedJob)], stop: JobPlace?) {
        let words: [RESPReply]
        do { words = try result.get().array.map(Array.init) ?? [] } catch { throw QueueError(error) }
        guard words.count > 1, let stop = words[0].string, let now = words[1].integer else {
            throw QueueError(.redis, "the script jobs_list answered with something unexpected")
        }
        var jobs: [(place: JobPlace, job: ListedJob)] = []
        for index in stride(from: 2, to: words.count - 3, by: 4) {
            let entry = EntryID(words[index].string ?? "", in: lane)
            let fields = words[index + 1].array?.map { $0.string ?? "" } ?? []
            let worker = words[index + 2].string ?? ""
            var listed = ListedJob(lane: lane, state: worker.isEmpty ? .queued : .running)
            let since = (fill(&listed, fields) ?? entry.milliseconds).plausible
            guard !entry.isNone, !listed.job.isEmpty else { continue }
            if listed.submitted == 0 { listed.submitted = entry.time }
            let ran = worker.isEmpty ? 0 : max((words[index + 3].integer ?? 0).plausible, 0) * 1000
            listed.worker = worker
            // By Redis' clock alone: that of who submitted it may be behind.
            listed.waited = max(now - ran - since * 1000, 0)
            if !worker.isEmpty { listed.ran = ran }
            jobs.append((JobPlace(entry, lane: lane), listed))
        }
        return (jobs, stop.isEmpty ? nil : JobPlace(EntryID(stop), lane: lane))
    }

    /// - Returns: When its first entry was made, in milliseconds; `nil` where that is the one that was read.
    private static func fill(_ job: inout ListedJob, _ fields: [String]) -> Int? {
        var since: Int?
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            let value = fields[index + 1]
            switch fields[index] {
            case "id": job.job = value
            case "method": job.method = value
            case "name": job.tool = value
            case "record": job.record = value
            case "submitted": job.submitted = (Int(value) ?? 0).plausible
            case "attempt": job.attempt = max((Int(value) ?? 1).plausible, 1)
            case "since": since = Int(value)?.plausible
            default: break
            }
        }
        return since
    }
}
