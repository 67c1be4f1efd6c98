import Glibc

/// The workers of a space in memory, and what they are told.
extension MemorySpace {
    func join(_ worker: MemoryWorkQueue) { workers.append(worker) }

    /// A worker leaves. What it has not settled is recovered as that of a worker that died: run again only where that does no
    /// harm.
    func leave(_ worker: MemoryWorkQueue) {
        workers.removeAll { $0 === worker }
        let now = clock.now()
        for entry in lanes.running(on: worker.workerID) {
            let action = RecoveryDecision.action(
                for: entry.delivery,
                worker: worker.workerID,
                delivered: nil,
                now: now,
                maxDeaths: RecoveryDecision.maxDeaths
            )
            settle(Settlement(entry.delivery, action))
        }
    }

    /// A lane holds jobs. Workers are asked in turn.
    func ring(_ lane: LaneID) {
        guard !workers.isEmpty else { return }
        turn = (turn + 1) % workers.count
        for index in workers.indices {
            workers[(turn + index) % workers.count].assumeIsolated { $0.ring(lane) }
        }
    }

    /// Tells every worker.
    func send(_ message: ControlMessage) {
        for worker in workers { worker.assumeIsolated { $0.received(message) } }
    }

    /// Has every worker that hosts a service start it anew.
    package func restart(_ service: String) {
        send(.restart(ServiceID(space: space, name: service)))
    }

    /// The workers that have joined.
    package func workerRecords() -> [WorkerRecord] {
        workers.map { worker in worker.assumeIsolated { $0.record } }.sorted { $0.id < $1.id }
    }
}
