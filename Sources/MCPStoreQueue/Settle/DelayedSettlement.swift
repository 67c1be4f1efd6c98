import MCPStoreRedis
import NIOCore

/// Ends a job that waits among the delayed ones of its space: `settle_delayed.lua`.
struct DelayedSettlement {
    let keys: [String]
    let arguments: [RedisArgument]

    /// - Parameter now: In microseconds by Redis' clock.
    init(_ job: Job, as outcome: Outcome, now: Int) {
        let space = SpaceKeys(job.service.space)
        let inbox = job.inbox.isEmpty ? space.inbox("none") : space.inbox(job.inbox)
        let record: [String] = job.record.isEmpty ? [] : [space.record(job.record)]
        keys = [space.delayed, space.delayedJobs, inbox, job.statsKey] + record
        arguments = [
            .string(job.id), .string(outcome.kind.rawValue), .bytes(outcome.payload), .int(outcome.attempt), .int(now),
        ]
    }

    /// A job as `settle.lua` put it among the delayed ones; its last two fields name its lane.
    ///
    /// - Parameter id: What the sorted set knows it by.
    /// - Returns: `nil` for what is no job of the space.
    static func job(_ id: String, _ packed: String, in space: Space) -> Job? {
        let fields = JSONStrings.decode(packed)
        guard let key = fields.last, let lane = LaneID(key: key, in: space) else { return nil }
        var job = JobFields.job(fields, lane: lane)
        job.id = id
        return job
    }
}
