import Foundation
import MCPStoreQueue
import MCPStoreWorker
import NIOCore

/// A service of a space: its configuration, its state, and who hosts it.
public struct ServiceInfo: Sendable {
    /// Its name.
    public let name: String
    /// The name under which it is stored: another one for a service of an agent.
    public let storedName: String
    /// The agents that have it, in order; empty for a service of the store. In an agent's context only that one.
    public let agents: [String]
    /// `shared`, `perAgent` or `perCall`: who shares a session to it.
    public let isolation: String
    /// `initializing`, `healthy`, `warning`, `reconnecting`, `unreachable`, `disconnecting` or `disconnected`.
    public let status: String
    /// Whether calls are answered now.
    public let isReady: Bool
    /// Why it has this status, in one line that a person can act on.
    public let reason: String
    /// `paused` or `draining` where an operator has told it so; `nil`: it runs.
    public let hold: String?
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

    package init(_ service: SnapshotService, _ scope: Scope) {
        let state = service.state
        name = service.name
        storedName = service.id.name
        let ids = (service.agents ?? [:]).keys.sorted()
        agents = scope.agent.map { id in ids.filter { $0 == id } } ?? ids
        isolation = service.configuration.isolation ?? "shared"
        status = state.status.rawValue
        isReady = state.status.isReady
        hold = service.document.hold?.rawValue
        reason = Self.reason(service.document.hold, state.reason)
        error = state.error
        standardError = state.stderr
        since = state.since
        checked = state.checked
        latency = state.latencyMicroseconds.map { .microseconds($0) }
        workers = state.workers.keys.sorted()
        toolCount = service.tools.count
        target = Redaction.target(service.configuration)
        configuration = Self.configuration(service, scope)
        version = service.document.version
        updated = service.document.updated
        updatedBy = service.document.by
    }

    private static func reason(_ hold: ServiceHold?, _ reason: String) -> String {
        switch hold {
        case .paused: "paused: calls wait, none is started; \(reason)"
        case .draining: "draining: takes no new calls; \(reason)"
        case nil: reason
        }
    }

    /// An agent sees nothing of the others.
    private static func configuration(_ service: SnapshotService, _ scope: Scope) -> Data {
        let stored = service.document.configuration
        guard scope.agent != nil, var members = JSONMembers.read(stored)?.objectValue else {
            return Data(stored.readableBytesView)
        }
        members["agents"] = nil
        return Data(JSONValue.object(members).buffer.readableBytesView)
    }
}
