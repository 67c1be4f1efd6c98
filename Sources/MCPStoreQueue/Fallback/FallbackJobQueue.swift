import NIOCore

/// The caller's side of the queue in Redis, and while that is away in memory.
///
/// A job that may be in Redis is not submitted a second time, unless its tool declares, or its operator says, that running it
/// twice does no harm: only such jobs, and those that were certainly not accepted, go on in memory.
///
/// An idempotency key is no such word: its consent is for a run that died. A key that waits in Redis is waited for in memory
/// too, and what was answered on one side, in this process, is the answer on the other.
package final class FallbackJobQueue: JobQueue {
    /// How often a job that was certainly not accepted is submitted to a Redis that has come back.
    private static let mostSubmissions = 10

    private let redis: RedisJobQueue
    private let memory: MemoryJobQueue
    private let mode: FallbackSwitch

    package init(redis: RedisJobQueue, memory: MemoryJobQueue, mode: FallbackSwitch) {
        self.redis = redis
        self.memory = memory
        self.mode = mode
    }

    package var caller: String { redis.caller }
    package func makeJobID() -> String { redis.makeJobID() }
    package var now: Int { mode.usesMemory ? memory.now : redis.now }

    package func submit(_ job: Job, onProgress: (@Sendable (ByteBuffer) -> Void)?) async throws(QueueError) -> Outcome {
        let began = memory.now
        for round in 1...Self.mostSubmissions where !mode.usesMemory {
            // Known here: its key ran in memory.
            if !job.idempotency.isEmpty, await !memory.entersRedis(job) { break }
            let connections = mode.connections
            let error: QueueError
            do throws(QueueError) {
                let outcome = try await redis.submit(job, onProgress: onProgress)
                if !job.idempotency.isEmpty { await memory.leftRedis(job, .success(outcome)) }
                return outcome
            } catch let failure {
                error = failure
            }
            if !job.idempotency.isEmpty { await memory.leftRedis(job, .failure(error)) }
            if error.code == .abandoned { break }
            guard error.code == .notAccepted, !Task.isCancelled else { throw error }
            switch await mode.goesOn(since: connections) {
            case .memory: break
            case .redis where round < Self.mostSubmissions: continue
            case .redis, .nowhere: throw error
            }
        }
        var job = job
        job.submitted = memory.now
        // Its time began before.
        job.since = began / 1000
        return try await memory.submit(job, onProgress: onProgress)
    }

    /// Memory took over.
    package func switchedToMemory() { redis.abandonHarmless() }

    package func close() async {
        await memory.close()
        await redis.close()
    }
}
