import Foundation
import MCPStore
import MCPStoreQueue
import NIOCore

/// How dead letters are printed for people.
extension DeadOutput {
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
