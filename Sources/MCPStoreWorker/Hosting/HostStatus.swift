import MCPStoreQueue

/// The health of one service on one worker: a state machine without I/O.
struct HostStatus: Equatable {
    /// Failed starts in a row after which it is called unreachable.
    static let unreachableAfter = 3
    /// Failed health checks in a row after which its session is given up.
    static let sickAfter = 3

    private(set) var status = ServiceStatus.initializing
    private(set) var reason = "waiting for its turn to start"
    private(set) var error: String?
    private(set) var backoff = Backoff()
    private(set) var failedChecks = 0
    private(set) var starts = 0

    init() {}

    mutating func starting(_ what: String) {
        starts += 1
        if status != .unreachable { status = starts == 1 ? .initializing : .reconnecting }
        // What went wrong last stays in sight: a start may take as long as a minute.
        reason = "starting \(what)" + (error.map { " again: \($0)" } ?? "")
    }

    mutating func ready(_ tools: Int) {
        status = .healthy
        reason = "ready, \(tools.counted("tool"))"
        error = nil
        failedChecks = 0
        backoff.reset()
    }

    /// How many of its tools are held back.
    mutating func holds(_ held: Int, of tools: Int) {
        guard status == .healthy else { return }
        ready(tools)
        if held > 0 { reason += ", \(held) of them held back: see mcpstore tool list" }
    }

    /// It could not be started, or its session was lost.
    ///
    /// - Returns: Milliseconds until the next start.
    mutating func failed(_ message: String, jitter: Double) -> Int {
        let wait = backoff.next(jitter: jitter)
        status = backoff.failures >= Self.unreachableAfter ? .unreachable : .reconnecting
        error = message
        let seconds = Double(wait / 100) / 10
        reason = "\(message); next try in \(seconds) s (failure \(backoff.failures))"
        return wait
    }

    /// - Returns: Whether the session is to be given up.
    mutating func checked(_ failure: String?) -> Bool {
        guard let failure else {
            if status == .warning {
                status = .healthy
                reason = "answers again"
            }
            failedChecks = 0
            error = nil
            return false
        }
        failedChecks += 1
        status = .warning
        error = failure
        reason = "\(failedChecks.counted("health check")) failed: \(failure)"
        return failedChecks >= Self.sickAfter
    }

    /// It is not to be started, by its configuration.
    mutating func disabled() {
        self = HostStatus()
        status = .disconnected
        reason = "disabled by its configuration"
    }

    mutating func stopping() {
        status = .disconnecting
        reason = "being stopped"
    }
}
