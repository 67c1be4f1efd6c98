import Foundation
import MCPStoreQueue
import NIOCore

/// How dead letters are printed.
package enum DeadOutput {
    /// For machines; with the parameters where the letter has them.
    package static func json(_ letter: DeadLetter) -> JSONValue {
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
}
