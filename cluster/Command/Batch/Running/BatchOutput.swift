import Foundation
import MCPStore
import MCPStoreQueue

/// How batches are printed.
enum BatchOutput {
    /// A command says once a second how far it is. After so long without news, in milliseconds, it has died or lost Redis.
    private static let silence = 15_000

    static func isSilent(_ record: BatchRecord) -> Bool {
        Int(Date.now.timeIntervalSince1970 * 1000) - record.updated > silence
    }

    /// `running`, `cancelling`, `stopped`, `cancelled`, `finished`, or `silent` where a command that should run says nothing.
    static func status(_ record: BatchRecord) -> String {
        guard record.status == .running else { return record.status.rawValue }
        return isSilent(record) ? "silent" : record.isCancelling ? "cancelling" : "running"
    }

    static func json(_ record: BatchRecord) -> JSONValue {
        [
            "id": .string(record.id), "status": .string(status(record)), "created": .string(time(record.created)),
            "updated": .string(time(record.updated)), "host": .string(record.host), "pid": .integer(record.process),
            "input": .string(record.input), "output": .string(record.output),
            "agent": record.agent.isEmpty ? .null : .string(record.agent), "read": .integer(record.read),
            "total": record.total > 0 ? .integer(record.total) : .null, "answered": .integer(record.answered),
            "failed": .integer(record.failed), "outcomes": .object(record.outcomes.mapValues { .integer($0) }),
            "round": .integer(record.round),
        ]
    }

    static func text(_ record: BatchRecord) -> String {
        let outcomes = record.outcomes.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var rows: [(String, String)] = [
            ("id", record.id), ("status", status(record)), ("created", time(record.created)), ("updated", time(record.updated)),
            ("host", "\(record.host.oneLine), process \(record.process)"), ("calls", record.input.oneLine),
            ("answers", record.output.oneLine), ("agent", record.agent.oneLine),
            ("answered", "\(record.answered.grouped)\(record.total > 0 ? " of \(record.total.grouped)" : "")"),
            ("outcomes", outcomes.map { "\($0.value.grouped) \($0.key)" }.joined(separator: ", ").oneLine),
            ("round", record.round > 1 ? "\(record.round): failed calls were asked again" : ""),
        ]
        let isOpen = record.status != .finished && (record.status != .running || isSilent(record))
        if isOpen, record.output != "-" { rows.append(("next", "mcpstore batch resume \(record.id)")) }
        rows.removeAll { $0.1.isEmpty }
        return rows.map { $0.0 + String(repeating: " ", count: 11 - $0.0.count) + $0.1 }.joined(separator: "\n")
    }

    private static func time(_ milliseconds: Int) -> String { ISO8601.text(milliseconds * 1000) }
}
