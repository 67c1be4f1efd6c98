import MCPStore
import MCPStoreQueue

/// How batches are printed.
enum BatchOutput {
    static func isSilent(_ record: BatchRecord) -> Bool { BatchRecordOutput.isSilent(record) }

    static func status(_ record: BatchRecord) -> String { BatchRecordOutput.status(record) }

    static func json(_ record: BatchRecord) -> JSONValue { BatchRecordOutput.json(record) }

    /// - Parameter repeated: The options of the space, for the next command.
    static func text(_ record: BatchRecord, repeated: String) -> String {
        let outcomes = record.outcomes.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var rows: [(String, String)] = [
            ("id", record.id), ("status", status(record)), ("created", time(record.created)), ("updated", time(record.updated)),
            ("host", record.upload == nil ? "\(record.host.oneLine), process \(record.process)" : ""),
            ("calls", record.upload == nil ? record.input.oneLine : "uploaded: answers and what to do with them over REST"),
            ("answers", record.output.oneLine), ("agent", record.agent.oneLine),
            ("answered", "\(record.answered.grouped)\(record.total > 0 ? " of \(record.total.grouped)" : "")"),
            ("outcomes", outcomes.map { "\($0.value.grouped) \($0.key)" }.joined(separator: ", ").oneLine),
            ("round", record.round > 1 ? "\(record.round): failed calls were asked again" : ""),
        ]
        let isOpen = record.status != .finished && (record.status != .running || isSilent(record))
        if isOpen, record.output != "-", record.upload == nil {
            rows.append(("next", "mcpstore batch resume \(record.id)\(repeated)"))
        }
        rows.removeAll { $0.1.isEmpty }
        return rows.map { $0.0 + String(repeating: " ", count: 11 - $0.0.count) + $0.1 }.joined(separator: "\n")
    }

    private static func time(_ milliseconds: Int) -> String { BatchRecordOutput.time(milliseconds) }
}
