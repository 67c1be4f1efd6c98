import Foundation
import MCPStoreQueue
import NIOCore

/// A service of a space: its configuration, its state, and who hosts it.
public struct ServiceInfo: Sendable {
    /// Its name.
    public let name: String
    /// `initializing`, `healthy`, `warning`, `reconnecting`, `unreachable`, `disconnecting` or `disconnected`.
    public let status: String
    /// Whether calls are answered now.
    public let isReady: Bool
    /// Why it has this status, in one line that a person can act on.
    public let reason: String
    /// The last error; empty where there is none.
    public let error: String
    /// The last lines that the server wrote to its standard error.
    public let standardError: [String]
    /// Since when it has this status, ISO 8601; empty where nobody has hosted it yet.
    public let since: String
    /// When it was last found well, ISO 8601; empty where it never was.
    public let checked: String
    /// How long the last health check took.
    public let latency: Duration?
    /// The workers that host it.
    public let workers: [String]
    /// How many tools it has.
    public let toolCount: Int
    /// What it is: the command with its arguments, or the URL. What looks like a secret is left out.
    public let target: String
    /// Its configuration as stored: JSON. References such as `${TOKEN}` are not resolved.
    public let configuration: Data
    /// Grows with every change of the configuration.
    public let version: Int
    /// When the configuration was written, ISO 8601.
    public let updated: String
    /// Who wrote it.
    public let updatedBy: String

    package init(_ service: SnapshotService) {
        let state = service.state
        name = service.id.name
        status = state.status.rawValue
        isReady = state.status.isReady
        reason = state.reason
        error = state.error
        standardError = state.stderr
        since = state.since
        checked = state.checked
        latency = state.latencyMicroseconds.map { .microseconds($0) }
        workers = state.workers.keys.sorted()
        toolCount = service.tools.count
        target = Redaction.target(service.configuration)
        configuration = Data(service.document.configuration.readableBytesView)
        version = service.document.version
        updated = service.document.updated
        updatedBy = service.document.by
    }
}
