import MCPStoreQueue
import MCPStoreWorker
import NIOCore
import NIOPosix

extension StoreContext {
    /// Waits until a service answers calls.
    ///
    /// - Parameters:
    ///   - timeout: How long; the first start of a server that is fetched by `npx` or `uvx` may take a minute.
    ///   - onProgress: Gets the service whenever something of it has changed: its status, the reason, the last lines that its
    ///     server wrote to standard error.
    /// - Returns: The service, ready.
    /// - Throws: ``MCPStoreError``: `notReady` that says why not yet, `unknownService`, `redis`, `cancelled`, `closed`.
    @discardableResult
    public func waitService(
        _ name: String,
        timeout: Duration = .seconds(60),
        onProgress: (@Sendable (ServiceInfo) -> Void)? = nil
    ) async throws(MCPStoreError) -> ServiceInfo {
        let microseconds = Int(min(max(timeout / .microseconds(1), 0), 1e15))
        let deadline = ServerClock.boot() + microseconds
        let ticks = follower.ticks()
        // The ticks come about once a second; the deadline is kept exactly.
        let alarm = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: .microseconds(Int64(microseconds))) {
            [follower] in
            follower.tick()
        }
        defer { alarm.cancel() }
        var iterator = ticks.makeAsyncIterator()
        var seen: ServiceState?
        var failure: MCPStoreError?
        var asked = 0
        var isDisabled = false
        var hint = ""
        while true {
            let now = ServerClock.boot()
            let known = self.known(name)?.state
            if known != seen || now - asked >= 1_000_000 || now >= deadline || failure != nil {
                asked = now
                do {
                    let service = try await current(name)
                    isDisabled = service.isDisabled
                    hint = absenceHint(service)
                    failure = nil
                    if service.state != seen { onProgress?(ServiceInfo(service, scope)) }
                    seen = service.state
                    if service.state.status.isReady { return ServiceInfo(service, scope) }
                } catch {
                    guard error.code == .redis, ServerClock.boot() < deadline else { throw error }
                    failure = error
                }
            }
            if isDisabled { throw disabled(name) }
            if ServerClock.boot() >= deadline { throw failure ?? notReady(name, seen, timeout, hint) }
            if Task.isCancelled { throw MCPStoreError(.cancelled, "waiting for the service '\(name)' was cancelled") }
            if await iterator.next(isolation: #isolation) == nil, !Task.isCancelled {
                throw MCPStoreError(.closed, "the store was closed while the service '\(name)' was waited for")
            }
        }
    }

    /// What to look at where nobody hosts a service.
    func absenceHint(_ service: SnapshotService) -> String {
        guard backend.placement == "cluster", service.configuration.placement == "embedded" else { return backend.absenceHint }
        return
            "it runs in the stores that add it (\"placement\":\"embedded\"), and none of this space is there: start one, or have the cluster run it with mcpstore service patch \(service.name)\(backend.space.commandOptions) '{\"placement\":\"cluster\"}'"
    }

    private func disabled(_ name: String) -> MCPStoreError {
        MCPStoreError(
            .notReady,
            "the service '\(name)' is disabled: add it again without 'disabled', replacing it (on the command line with --replace)"
        )
    }

    private func notReady(_ name: String, _ state: ServiceState?, _ timeout: Duration, _ hint: String) -> MCPStoreError {
        let state = state ?? .none
        let lines = state.stderr.suffix(3).map { $0.oneLine }.joined(separator: " | ")
        var message = "the service '\(name)' is not ready after \(timeout.shortText): \(state.trouble)"
        if !state.error.isEmpty, !state.reason.contains(state.error) { message += " (\(state.error.oneLine))" }
        if !lines.isEmpty { message += "; its server last wrote: \(lines)" }
        if state.workers.isEmpty, !hint.isEmpty { message += "; \(hint)" }
        return MCPStoreError(.notReady, message)
    }
}

extension Duration {
    /// `500 ms`, `10 s`, `2 min`: for messages.
    package var shortText: String {
        let milliseconds = self / .milliseconds(1)
        if milliseconds < 1000 { return "\(Int(milliseconds.rounded())) ms" }
        let seconds = self / .seconds(1)
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\((seconds * 10).rounded() / 10) s"
    }
}
