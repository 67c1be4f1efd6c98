import Foundation
import MCPStoreQueue

/// How batches are shown, for machines.
package enum BatchRecordOutput {
    /// A command says once a second how far it is. After so long without news, in milliseconds, it has died or lost Redis.
    private static let silence = 15_000

    /// Whether a command that should run says nothing. Nobody runs one that was uploaded.
    package static func isSilent(_ record: BatchRecord) -> Bool {
        record.upload == nil && Int(Date.now.timeIntervalSince1970 * 1000) - record.updated > silence
    }

    /// `running`, `cancelling`, `stopped`, `cancelled`, `finished`; `silent` where a command that should run says nothing; `uploading`
    /// while not all calls of an upload are there.
    package static func status(_ record: BatchRecord) -> String {
        guard record.status == .running else { return record.status.rawValue }
        if isSilent(record) { return "silent" }
        if record.isCancelling { return "cancelling" }
        return record.upload?.isClosed == false ? "uploading" : "running"
    }

    package static func json(_ record: BatchRecord) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(record.id), "status": .string(status(record)), "created": .string(time(record.created)),
            "updated": .string(time(record.updated)), "host": .string(record.host), "pid": .integer(record.process),
            "input": .string(record.input), "output": .string(record.output),
            "agent": record.agent.isEmpty ? .null : .string(record.agent), "read": .integer(record.read),
            "total": record.total > 0 ? .integer(record.total) : .null, "answered": .integer(record.answered),
            "failed": .integer(record.failed), "outcomes": .object(record.outcomes.mapValues { .integer($0) }),
            "round": .integer(record.round), "uploaded": .bool(record.upload != nil),
        ]
        if let upload = record.upload {
            members["complete"] = .bool(upload.isClosed)
            members["lines"] = .integer(upload.lines)
        }
        return .object(members)
    }

    /// ISO 8601.
    package static func time(_ milliseconds: Int) -> String { ISO8601.text(milliseconds * 1000) }
}
