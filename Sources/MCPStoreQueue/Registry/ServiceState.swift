import Foundation
import MCPStoreRedis

/// The state of a service: the best of its workers' views (`{space}:services:{s}:state`).
package struct ServiceState: Sendable, Equatable {
    package var status: ServiceStatus
    package var reason: String
    package var error: String
    package var stderr: [String]
    /// Since when it has this status, ISO 8601; empty where nobody has hosted it yet.
    package var since: String
    package var checked: String
    package var latencyMicroseconds: Int?
    /// What each worker that hosts it says.
    package var workers: [String: ServiceView]

    /// A service that nobody has hosted yet.
    package static let none = ServiceState(
        status: .disconnected,
        reason: "no worker hosts it yet",
        error: "",
        stderr: [],
        since: "",
        checked: "",
        latencyMicroseconds: nil,
        workers: [:]
    )

    /// Reads the reply of HGETALL.
    init?(_ reply: RESPReply) {
        guard let fields = reply.array, fields.count > 0 else { return nil }
        self = .none
        var iterator = fields.makeIterator()
        while let name = iterator.next()?.string, let value = iterator.next() {
            let text = value.string ?? ""
            switch name {
            case "status": status = ServiceStatus(rawValue: text)
            case "reason": reason = text
            case "error": error = text
            case "since": since = text
            case "checked": checked = text
            case "latency_us": latencyMicroseconds = value.integer?.plausible
            case "stderr": stderr = Self.decode([String].self, text) ?? []
            default:
                guard name.hasPrefix("worker:"), let view = Self.decode(ServiceView.self, text) else { break }
                workers[String(name.dropFirst("worker:".count))] = view
            }
        }
    }

    private init(
        status: ServiceStatus,
        reason: String,
        error: String,
        stderr: [String],
        since: String,
        checked: String,
        latencyMicroseconds: Int?,
        workers: [String: ServiceView]
    ) {
        self.status = status
        self.reason = reason
        self.error = error
        self.stderr = stderr
        self.since = since
        self.checked = checked
        self.latencyMicroseconds = latencyMicroseconds
        self.workers = workers
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) -> Value? {
        // A field of another version that this one cannot read is left out (invariant I13).
        do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch { return nil }
    }
}

extension ServiceState {
    /// `status: reason`, in one line.
    package var trouble: String {
        let line = reason.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.isEmpty ? status.rawValue : "\(status.rawValue): \(line)"
    }
}
