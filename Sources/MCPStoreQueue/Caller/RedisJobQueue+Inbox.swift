import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// What arrives in the inbox of this process.
extension RedisJobQueue {
    func received(_ entries: [StreamReader.Entry]) {
        for entry in entries {
            if !receivedPacked(entry.fields) { received(InboxEntry(entry)) }
        }
    }

    /// Outcomes that share an entry (``PackedOutcome``).
    ///
    /// - Returns: Whether it is such an entry.
    private func receivedPacked(_ fields: RESPArray) -> Bool {
        fields.withView { view in
            var pairs = view.makeIterator()
            guard let first = pairs.next(), first.equals("worker"), let name = pairs.next() else { return false }
            let worker = name.string
            while let id = pairs.next(), let value = pairs.next() {
                guard let waiter = waiters.withLockedValue({ $0.take(id.string) }) else { continue }
                let outcome = PackedOutcome.outcome(value, of: fields, worker: worker, submitted: waiter.job.submitted)
                waiter.completion(.success(outcome))
            }
            return true
        }
    }

    private func received(_ entry: InboxEntry) {
        switch entry.outcome {
        case "open": break
        case "progress": waiters.withLockedValue { $0[entry.job] }?.onProgress?(entry.payload)
        case "moved":
            waiters.withLockedValue { $0.moved(entry.job, attempt: entry.attempt) }
            if entry.reference == "delayed" {
                waiters.withLockedValue { _ = $0.setPhase(.delayed, of: entry.job) }
            } else {
                accepted(entry.job, EntryID(entry.reference))
            }
        case "absent":
            absent(entry.job)
        case "recorded":
            if let job = waiters.withLockedValue({ $0[entry.job]?.job }) { readRecord(job.record) }
        default:
            if entry.reference.isEmpty { complete(entry.job, entry.makeOutcome()) } else { fetch(entry) }
        }
    }

    /// The marker of `find` came before any outcome.
    private func absent(_ id: String) {
        guard let waiter = waiters.withLockedValue({ $0[id] }) else { return }
        guard waiter.phase == .inDoubt else { return endAbsent(id) }
        // The inbox may have been made anew before the marker was written into it, which is known when all that was asked before
        // is answered.
        client.send(RedisCommand("PING")) { result in
            if case .success = result { return self.endAbsent(id) }
            // Without a connection it is looked for again with the next one.
            if self.client.isConnected { self.find(waiter.job) }
        }
    }

    private func endAbsent(_ id: String) {
        guard let waiter = waiters.withLockedValue({ $0.take(id) }) else { return }
        waiter.completion(.failure(absence(of: waiter)))
    }

    /// A result too large for the inbox lies in a key of its own. It is deleted only when it is here: a reply may be lost, and the
    /// result with it.
    private func fetch(_ entry: InboxEntry) {
        guard waiters.withLockedValue({ $0[entry.job] }) != nil else { return }
        // Whoever can write to an inbox must not make its caller read, and delete, a key of somebody else.
        guard keys.isResult(entry.reference) else {
            let message = "the outcome of the call names a key that holds no results: it was not written by MCPStore"
            return fail(entry.job, QueueError(.unknown, message))
        }
        client.send(RedisCommand("GET", entry.reference)) { result in
            switch result {
            case .success(let reply):
                if let payload = reply.bytes {
                    self.client.send(RedisCommand("DEL", entry.reference)) { _ in }  // else it expires
                    self.complete(entry.job, entry.makeOutcome(payload: payload))
                } else {
                    self.fail(entry.job, QueueError(.unknown, "the result of the call was no longer kept when it was read"))
                }
            case .failure:
                // Until the call's deadline, when its waiter is taken out.
                self.eventLoop.scheduleTask(in: .milliseconds(50)) { self.fetch(entry) }
            }
        }
    }

    /// The inbox was deleted under us: what was accepted may have been answered into nowhere.
    func inboxWasLost() {
        // Where a submission is in doubt, the marker could not be written into an inbox that was gone. That the job is nowhere
        // says nothing any more: it may have run, and its outcome went with the inbox.
        for waiter in waiters.withLockedValue({ $0.loseInbox() }) { find(waiter.job) }
        let lost = waiters.withLockedValue { waiters in
            waiters.takeAll { waiter in
                if case .accepted = waiter.phase { return true }
                return waiter.phase == .delayed
            }
        }
        for waiter in lost {
            waiter.completion(
                .failure(
                    QueueError(
                        .unknown,
                        "the data of \(space) was deleted in Redis while the call was in flight: it may have run"
                    )
                )
            )
        }
    }
}
