import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// Jobs with an idempotency key: see ``JobQueue/submit(_:onProgress:)`` for the rule, `submit_record.lua` for its heart.
extension RedisJobQueue {
    /// Submits a job with its key, or submits it again where the reply was lost: the script knows its own.
    func submitRecorded(_ job: Job) {
        let service = job.service.name
        let other: Lane = job.lane == .interactive ? .batch : .interactive
        let scriptKeys = [
            keys.config(service), keys.jobs(service, job.lane), keys.jobs(service, other), keys.delayed, keys.record(job.record),
        ]
        let arguments: [RedisArgument] =
            [
                .string(JobGroup.name), .string(job.parametersHash), .string(job.id), .string(job.inbox), .int(job.retention),
                .int(job.timeout), .int(laneLimit(job)), .string(service), .string(job.keyUse.rawValue),
            ] + JobFields.arguments(job)
        client.send(Scripts.submitRecord, keys: scriptKeys, arguments: arguments) { self.submittedRecorded(job, $0) }
    }

    private func submittedRecorded(_ job: Job, _ result: Result<RESPReply, RedisError>) {
        switch result {
        case .success(let reply):
            let words = reply.array.map(Array.init) ?? []
            switch words.first?.string {
            case "accepted": accepted(job.id, EntryID(words.count > 1 ? words[1].string ?? "" : ""))
            case "attached": attached(job)
            case "ended": complete(job.id, Self.recordedOutcome(Array(words.dropFirst())))
            case "lost": fail(job.id, .lost(job))
            case "conflict": fail(job.id, .otherParameters(job))
            case "gone":
                let message =
                    "there is no service '\(job.service.name)' in \(space): it was removed, or the data of the space was deleted"
                fail(job.id, QueueError(.rejected, message))
            case "busy":
                let count = words.count > 1 ? words[1].integer ?? 0 : 0
                fail(job.id, .queued(count, job.service.name, retryAfter: retryAfter(job)))
            default: fail(job.id, QueueError(.unknown, "the script submit_record answered with something unexpected"))
            }
        case .failure(let error) where error.mayHaveExecuted && error.code != .server:
            waiters.withLockedValue { _ = $0.setPhase(.inDoubt, of: job.id) }
            guard client.isConnected, let waiter = waiters.withLockedValue({ $0[job.id] }) else { return }
            // Nobody has agreed that a task is run twice: it is looked for, not sent again.
            if waiter.ending == nil, !job.isTask { submitRecorded(job) } else { find(job) }
        case .failure(let error):
            // The entry is written before the record, and nothing can fail in between: an error reply means that there is none.
            fail(job.id, QueueError(.notAccepted, "the call was not queued: \(error.message)"))
        }
    }

    /// Another job is the run of the key.
    private func attached(_ job: Job) {
        let ending = waiters.withLockedValue { waiters in
            waiters.setPhase(.attached, of: job.id)
            return waiters[job.id]?.ending
        }
        if let ending { leave(job, as: ending) }
    }

    /// The wait for the run of another is over; the run goes on.
    func leave(_ job: Job, as kind: OutcomeKind) {
        complete(job.id, CallerEnding.left(job, as: kind))
    }

    /// Once a second: an end that nobody told of, because whoever settled it died or is of an older version.
    func readRecords() {
        let records = waiters.withLockedValue { Set($0.attached.map(\.job.record)) }
        for record in records { readRecord(record) }
    }

    /// Completes those who wait for a record, where its run has ended.
    func readRecord(_ record: String) {
        let command = RedisCommand(
            "HMGET",
            keys.record(record),
            "outcome",
            "payload",
            "worker",
            "attempt",
            "waited",
            "ran",
            "ended",
            "status"
        )
        client.send(command) { result in
            guard case .success(let reply) = result, let words = reply.array.map(Array.init), words.count == 8 else { return }
            let status = words[7].string
            guard status == nil || status == "ended" else { return }
            let waiting = self.waiters.withLockedValue { waiters in
                waiters.takeAll { $0.phase == .attached && $0.job.record == record }
            }
            for waiter in waiting {
                if status == nil {
                    let message = "the record of the call's idempotency key is gone: was its data deleted? It may have run"
                    waiter.completion(.failure(QueueError(.unknown, message)))
                } else {
                    waiter.completion(.success(Self.recordedOutcome(words)))
                }
            }
        }
    }

    /// Reads `outcome, payload, worker, attempt, waited, ran, ended`.
    static func recordedOutcome(_ words: [RESPReply]) -> Outcome {
        func text(_ index: Int) -> String { index < words.count ? words[index].string ?? "" : "" }
        return Outcome(
            kind: OutcomeKind(rawValue: text(0)),
            payload: words.count > 1 ? words[1].bytes ?? ByteBuffer() : ByteBuffer(),
            worker: text(2),
            attempt: (Int(text(3)) ?? 1).plausible,
            waited: Int(text(4))?.plausible,
            ran: Int(text(5))?.plausible,
            finished: (Int(text(6)) ?? 0).plausible
        )
    }
}
