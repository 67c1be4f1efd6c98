import MCPStoreRedis
import NIOCore

/// A job that was given up: an entry of `{space}:dead`.
package struct DeadLetter: Sendable {
    /// The longest timeout that a job can have been given: a week, in milliseconds.
    private static let longestTimeout = 7 * 86_400_000

    /// The entry's id in `dead`; its milliseconds say when the job was given up, by Redis' clock.
    package let id: String
    /// The lane in which it lay; `nil` where an older version did not write it down: it cannot be replayed then.
    package var lane: LaneID?
    /// The id of the job that was given up.
    package var job = ""
    /// The MCP method.
    package var method = Job.usualMethod
    /// The tool's or prompt's own name, or the resource's URI.
    package var name = ""
    /// The key under which the tool is counted, where it differs from the name.
    package var toolKey = ""
    /// What its deadline was, in milliseconds.
    package var timeout = Job.usualTimeout
    /// When it was submitted, in microseconds by Redis' clock.
    package var submitted = 0
    /// The start at which it was given up.
    package var attempt = 1
    /// The worker that died last.
    package var worker = ""
    /// Why it was given up.
    package var reason = Reason("")
    /// The job of which it was a replay; empty for none.
    package var replay = ""
    /// How many replays led to it.
    package var replays = 0
    /// Bytes of its parameters.
    package var size = 0
    /// Its parameters; `nil` in a list.
    package var parameters: ByteBuffer?

    /// When it was given up, in microseconds by Redis' clock.
    package var died: Int { EntryID(id).time }

    /// - Parameters:
    ///   - fields: Names and values, one after another. Unknown ones are ignored (invariant I13).
    ///   - size: Bytes of the parameters where they are not among the fields.
    init(id: String, _ fields: RESPArray, size: Int = 0, space: Space) {
        self.id = id
        self.size = size
        var iterator = fields.makeIterator()
        while let name = iterator.next()?.string, let value = iterator.next() {
            let text = name == "params" ? "" : value.string ?? ""
            switch name {
            case "stream": lane = LaneID(key: text, in: space)
            case "id": job = text
            case "method": method = text
            case "name": self.name = text
            case "key": toolKey = text
            case "timeout": timeout = Int(text).map { $0.clamped(to: 1...Self.longestTimeout) } ?? timeout
            case "submitted": submitted = (Int(text) ?? 0).plausible
            case "attempt": attempt = (Int(text) ?? 1).plausible
            case "worker": worker = text
            case "reason": reason = Reason(payload: ByteBuffer(string: text))
            case "replay": replay = text
            case "replays": replays = (Int(text) ?? 0).plausible
            case "params":
                parameters = value.bytes
                self.size = parameters?.readableBytes ?? 0
            default: break
            }
        }
    }
}
