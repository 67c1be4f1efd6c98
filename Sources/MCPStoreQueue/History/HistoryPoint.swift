import MCPStoreRedis

/// A space at one moment, as it is kept for plots of the last hour: an entry of the stream `{space}:history`.
package struct HistoryPoint: Sendable, Equatable {
    /// Milliseconds since 1970 by Redis' clock.
    package var at = 0
    /// Calls of tools that have ended since their first one, and those of them that did not end as `ok`.
    package var calls = 0
    package var failed = 0
    /// Those that got the answer of another call.
    package var reused = 0
    /// Jobs in the lanes at that moment.
    package var queued = 0
    package var running = 0

    package init() {}

    /// An entry; `nil` where it is none.
    init?(_ entry: RESPReply) {
        guard let parts = entry.array, parts.count == 2, let id = parts[0].string, let fields = parts[1].array else { return nil }
        at = Int(id.prefix { $0 != "-" })?.plausible ?? 0
        var iterator = fields.makeIterator()
        while let name = iterator.next()?.string, let value = iterator.next()?.integer?.plausible {
            switch name {
            case "calls": calls = value
            case "failed": failed = value
            case "reused": reused = value
            case "queued": queued = value
            case "running": running = value
            // Of a newer version.
            default: continue
            }
        }
    }

    /// The fields of its entry.
    var fields: [(name: String, value: Int)] {
        [("calls", calls), ("failed", failed), ("reused", reused), ("queued", queued), ("running", running)]
    }
}
