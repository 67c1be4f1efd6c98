import MCPStoreQueue

extension StoreContext {
    /// What a worker still has while it is being emptied.
    package struct WorkerLoad: Sendable, Hashable {
        /// Whether it has said that it takes no new calls.
        package var isDraining: Bool
        /// Calls that it ran when it last said so.
        package var running: Int
        /// Services that are placed on it.
        package var services: Int
    }

    /// Empties a worker: it takes no new calls, its services move to others, what runs finishes. It then stays, without work, until
    /// ``resumeWorker(_:)``.
    ///
    /// - Parameters:
    ///   - stops: Whether its process ends when it is empty.
    ///   - onProgress: Gets what it still has, about once a second.
    /// - Throws: ``MCPStoreError``: `unknownWorker`; `timedOut` where it is not empty in time, `cancelled`, `redis`.
    package func drainWorker(
        _ id: String,
        stops: Bool = false,
        timeout: Duration = .seconds(300),
        onProgress: (@Sendable (WorkerLoad) -> Void)? = nil
    ) async throws(MCPStoreError) {
        try await order(.rest, id)
        let end = ContinuousClock.now + timeout
        while true {
            let load = try await load(of: id)
            onProgress?(load)
            if load.isDraining, load.running == 0, load.services == 0 { break }
            guard ContinuousClock.now < end else {
                let why =
                    load.isDraining
                    ? "still has \(load.running.counted("call")) running and \(load.services.counted("service")) after \(timeout.shortText); it takes no new ones: wait once more, or have it go on with mcpstore worker resume \(id)"
                    : "has not said within \(timeout.shortText) that it takes no new calls: is it of an older version?"
                throw MCPStoreError(.timedOut, "the worker \(id) \(why)")
            }
            try await Self.pauseBetweenLooks("draining the worker \(id)")
        }
        if stops { try await order(.drain, id) }
    }

    /// Has a worker take calls again.
    ///
    /// - Throws: ``MCPStoreError``: `unknownWorker`, `redis`.
    package func resumeWorker(_ id: String) async throws(MCPStoreError) {
        try await order(.resume, id)
    }

    private func order(_ message: ControlMessage, _ id: String) async throws(MCPStoreError) {
        let placed = try await storeErrors { () throws(QueueError) in try await backend.order(message, worker: id) }
        if placed == nil { throw Self.unknownWorker(id) }
    }

    private func load(of id: String) async throws(MCPStoreError) -> WorkerLoad {
        let placed = try await storeErrors { () throws(QueueError) in try await backend.order(nil, worker: id) }
        let workers = try await storeErrors { () throws(QueueError) in try await backend.status(of: []).workers }
        guard let placed, let worker = workers.first(where: { $0.id == id }) else { throw Self.unknownWorker(id) }
        return WorkerLoad(isDraining: worker.isDraining, running: worker.running, services: placed.count)
    }

    private static func unknownWorker(_ id: String) -> MCPStoreError {
        MCPStoreError(
            .unknownWorker,
            "no worker '\(id.oneLine.prefix(100))' holds a lease: mcpstore worker list shows those that do"
        )
    }
}
