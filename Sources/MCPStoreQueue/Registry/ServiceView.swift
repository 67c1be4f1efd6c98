/// What one worker says about a service that it hosts: a field of the state hash, as JSON.
package struct ServiceView: Codable, Sendable, Equatable {
    package var status: ServiceStatus
    /// One line that a person can act on.
    package var reason: String
    package var error: String?
    /// The last lines that the server wrote to its standard error.
    package var stderr: [String]?
    /// When it was last found well, ISO 8601.
    package var checked: String?
    /// How long the last health check took, in microseconds.
    package var latency_us: Int?
    /// The pool that the worker belongs to.
    package var pool: String
    /// Whether callers must ring when a lane was not used lately.
    package var ring: Bool?
    /// How many times its session was started.
    package var starts: Int?

    package init(
        status: ServiceStatus,
        reason: String,
        error: String? = nil,
        stderr: [String]? = nil,
        checked: String? = nil,
        latency_us: Int? = nil,
        pool: String,
        ring: Bool? = nil,
        starts: Int? = nil
    ) {
        self.status = status
        self.reason = reason
        self.error = error
        self.stderr = stderr
        self.checked = checked
        self.latency_us = latency_us
        self.pool = pool
        self.ring = ring
        self.starts = starts
    }
}
