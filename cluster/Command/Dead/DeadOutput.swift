import Foundation
import MCPStore
import MCPStoreQueue
import NIOCore

/// How dead letters are printed.
enum DeadOutput {
    static func json(_ letter: DeadLetter) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(letter.id), "died": .string(ISO8601.text(letter.died)),
            "service": letter.lane.map { .string($0.service.name) } ?? .null,
            "lane": letter.lane.map { .string($0.lane.rawValue) } ?? .null, "method": .string(letter.method),
            "tool": .string(letter.name), "job": .string(letter.job), "attempt": .integer(letter.attempt),
            "worker": .string(letter.worker), "reason": .string(letter.reason.message), "timeout_ms": .integer(letter.timeout),
            "submitted": .string(ISO8601.text(letter.submitted)), "bytes": .integer(letter.size),
            "replays": .integer(letter.replays), "replay_of": letter.replay.isEmpty ? .null : .string(letter.replay),
        ]
        if let parameters = letter.parameters { members["params"] = JSONOutput.value(Data(parameters.readableBytesView)) }
        return .object(members)
    }

    static func text(_ letter: DeadLetter) -> String {
        var rows: [(String, String)] = [
            ("id", letter.id), ("died", ISO8601.text(letter.died)),
            ("service", letter.lane?.service.name ?? "not known: an older version wrote it"),
            ("lane", letter.lane?.lane.rawValue ?? ""), ("method", letter.method), ("tool", letter.name.oneLine),
            ("job", letter.job), ("submitted", ISO8601.text(letter.submitted)),
            ("deadline", Duration.milliseconds(letter.timeout).shortText), ("attempt", "\(letter.attempt)"),
            ("worker", letter.worker), ("reason", letter.reason.message.oneLine), ("hint", letter.reason.hint?.oneLine ?? ""),
            ("replays", letter.replays == 0 ? "" : "\(letter.replays), the last was of job \(letter.replay)"),
        ]
        rows.removeAll { $0.1.isEmpty }
        let head = rows.map { $0.0 + String(repeating: " ", count: 11 - $0.0.count) + $0.1 }.joined(separator: "\n")
        guard let parameters = letter.parameters else { return head }
        return head + "\nparams\n" + JSONOutput.value(Data(parameters.readableBytesView)).indented
    }
}
