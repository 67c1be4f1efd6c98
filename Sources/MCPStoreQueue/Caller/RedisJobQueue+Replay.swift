import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// Replays of dead letters: see `dead_replay.lua`.
extension RedisJobQueue {
    /// Submits a replay and waits for its one outcome.
    func replay(_ job: Job) async throws(QueueError) -> Outcome {
        let result: Result<Outcome, QueueError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let deadline = ServerClock.boot() + job.timeout * 1000
                let setsTimer = waiters.withLockedValue { waiters in
                    waiters.register(.init(job: job, deadline: deadline) { continuation.resume(returning: $0) })
                    return waiters.needsTimer(for: deadline)
                }
                if setsTimer { setTimer(deadline) }
                // A task that was cancelled before its job was registered.
                if Task.isCancelled, let waiter = waiters.withLockedValue({ $0.take(job.id) }) {
                    return waiter.completion(.failure(QueueError(.notAccepted, "the replay was cancelled before it was queued")))
                }
                keepRecord(of: job)
                submitReplay(job)
            }
        } onCancel: {
            end(job.id, as: .cancelled)
        }
        return try result.get()
    }

    /// Submits a replay, or submits it again where the reply was lost: the script knows its own.
    func submitReplay(_ job: Job) {
        let call = replayCall(job)
        client.send(Scripts.deadReplay, keys: call.keys, arguments: call.arguments) { result in
            switch result {
            case .success(let reply):
                if let error = Self.replayError(job, reply) { return self.fail(job.id, error) }
                let words = reply.array.map(Array.init) ?? []
                self.accepted(job.id, EntryID(words.count > 1 ? words[1].string ?? "" : ""))
                self.wake(job.laneID)
            case .failure(let error) where error.mayHaveExecuted && error.code != .server:
                self.waiters.withLockedValue { _ = $0.setPhase(.inDoubt, of: job.id) }
                guard self.client.isConnected, let waiter = self.waiters.withLockedValue({ $0[job.id] }) else { return }
                if waiter.ending == nil { self.submitReplay(job) } else { self.find(job) }
            case .failure(let error):
                self.fail(job.id, QueueError(.notAccepted, "the replay was not queued: \(error.message)"))
            }
        }
    }

    func replayCall(_ job: Job) -> (keys: [String], arguments: [RedisArgument]) {
        let service = job.service.name
        return (
            [keys.dead, keys.config(service), job.laneID.key, keys.record(job.record)],
            [
                .string(JobGroup.name), .string(job.deadLetter), .string(job.id), .string(job.inbox), .int(job.timeout),
                .int(job.submitted), .int(job.retention), .int(limits.queuedPerLane), .string(service),
            ]
        )
    }

    /// Why a replay was refused; `nil` where it was accepted.
    static func replayError(_ job: Job, _ reply: RESPReply) -> QueueError? {
        let words = reply.array.map(Array.init) ?? []
        let service = job.service.name
        switch words.first?.string {
        case "accepted": return nil
        case "gone": return .noLetter(job.deadLetter)
        case "noService":
            return QueueError(
                .rejected,
                "there is no service '\(service)' any more: add it, then replay the dead letter \(job.deadLetter)"
            )
        case "draining": return .draining(service, in: job.service.space)
        case "busy": return .queued(words.count > 1 ? words[1].integer ?? 0 : 0, service)
        default: return QueueError(.unknown, "the script dead_replay answered with something unexpected")
        }
    }
}
