import MCPStoreQueue

extension StoreContext {
    /// Pauses a service: calls are accepted and wait, none is started; what runs may finish. Deadlines go on: a call that waits
    /// for longer ends as `timedOut`. It stays paused, whoever is restarted and whatever its configuration becomes, until
    /// ``resumeService(_:)``.
    ///
    /// - Parameter name: Its name; also the stored name of an agent's service, which is then paused for all of its agents.
    /// - Returns: Whether it was not paused before.
    /// - Throws: ``MCPStoreError``: `unknownService`, `rejected` in an agent's context, `conflict`, `redis`.
    @discardableResult
    public func pauseService(_ name: String) async throws(MCPStoreError) -> Bool {
        try await hold(name, .paused).isChanged
    }

    /// Has a service run again that was paused or drained.
    ///
    /// - Returns: Whether it did not run before.
    /// - Throws: as ``pauseService(_:)``.
    @discardableResult
    public func resumeService(_ name: String) async throws(MCPStoreError) -> Bool {
        try await hold(name, nil).isChanged
    }

    /// Closes a service to new calls, which are `rejected`, and waits until all that was accepted has ended. It stays closed
    /// until ``resumeService(_:)``. One that was paused runs what waits.
    ///
    /// A process that has not heard of it yet may have one more call accepted, which runs like any other.
    /// - Parameters:
    ///   - timeout: How long to wait.
    ///   - onProgress: Gets how many calls wait and run, about once a second.
    /// - Throws: as ``pauseService(_:)``; `timedOut` where there is still something after `timeout`, `cancelled`.
    public func drainService(
        _ name: String,
        timeout: Duration = .seconds(60),
        onProgress: (@Sendable (_ queued: Int, _ running: Int) -> Void)? = nil
    ) async throws(MCPStoreError) {
        let stored = try await hold(name, .draining).stored
        let end = ContinuousClock.now + timeout
        var quiet = 0
        while true {
            let status = try await storeErrors { () throws(QueueError) in try await backend.status(of: [stored]) }
            let queued = status.lanes.map(\.queued).reduce(0, +)
            let running = status.lanes.map(\.running).reduce(0, +)
            onProgress?(queued, running)
            // Twice: a caller that had not heard of it may have been about to submit.
            quiet = queued + running == 0 ? quiet + 1 : 0
            if quiet == 2 { return }
            guard ContinuousClock.now < end else {
                throw MCPStoreError(
                    .timedOut,
                    "the service '\(name)' still has \(queued.counted("call")) waiting and \(running) running after \(timeout.shortText); it stays closed to new ones: drain it again, or open it with mcpstore service resume \(name)\(backend.space.commandOptions)"
                )
            }
            try await Self.pauseBetweenLooks("draining the service '\(name)'")
        }
    }

    static func pauseBetweenLooks(_ what: String) async throws(MCPStoreError) {
        do { try await Task.sleep(for: .seconds(1)) } catch {
            throw MCPStoreError(.cancelled, "\(what) was no longer waited for; it goes on")
        }
    }

    /// Writes what an operator tells a service, again where somebody else was faster.
    private func hold(_ name: String, _ hold: ServiceHold?) async throws(MCPStoreError) -> (stored: String, isChanged: Bool) {
        guard scope == .store else {
            throw MCPStoreError(
                .rejected,
                "an agent's context holds no service: others may use it too; do it in the store's context"
            )
        }
        for _ in 0..<Self.attempts {
            guard let document = try await storeErrors({ () throws(QueueError) in try await registry.service(name) }) else {
                throw try await unknownService(name)
            }
            if document.hold == hold { return (name, false) }
            do throws(QueueError) {
                guard try await registry.hold(name, hold, expected: document.version, by: Self.author) != nil else { continue }
                try await follower.reload([name])
                return (name, true)
            } catch {
                guard error.code == .conflict else { throw MCPStoreError(error) }
            }
        }
        throw Self.contended([name])
    }
}
