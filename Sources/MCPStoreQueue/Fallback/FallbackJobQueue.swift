import NIOCore

/// The caller's side of the queue in Redis, and while that is away in memory.
///
/// A job that may be in Redis is never submitted a second time: only what was certainly not accepted goes on in memory.
package final class FallbackJobQueue: JobQueue {
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
        if !mode.usesMemory {
            do throws(QueueError) {
                return try await redis.submit(job, onProgress: onProgress)
            } catch {
                guard error.code == .notAccepted, await mode.goesOnInMemory() else { throw error }
            }
        }
        var job = job
        job.submitted = memory.now
        return try await memory.submit(job, onProgress: onProgress)
    }

    package func close() async {
        await memory.close()
        await redis.close()
    }
}
