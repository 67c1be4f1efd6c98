import Foundation

/// Why calls of a service are held back, or refused, by all workers for a while: a document in Redis that ends by itself.
package struct ServiceBrake: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable {
        /// The server asked for fewer calls (HTTP 429, `Retry-After`): calls wait.
        case slow
        /// Too many calls failed on the way: calls end as `unavailable` at once.
        case open
        /// One call is let through to see whether it goes again; the others wait for its answer.
        case probing
    }

    package var kind: Kind
    /// When it ends, in milliseconds by Redis' clock.
    package var until: Int
    /// In words.
    package var reason: String
    /// Who put it on; while it is probed, who probes.
    package var worker: String
    /// How many times in a row.
    package var times: Int

    package init(_ kind: Kind, until: Int, reason: String, worker: String, times: Int) {
        self.kind = kind
        self.until = until
        self.reason = reason
        self.worker = worker
        self.times = times
    }

    /// What `changes` says when one is put on or taken off.
    package static let change = "brake"

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and numbers always encode.
        do { return String(decoding: try encoder.encode(self), as: UTF8.self) } catch { return "" }
    }

    /// `nil` where it is none, or of another version.
    init?(json: String) {
        do { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) } catch { return nil }
        until = until.plausible
        times = times.clamped(to: 1...1000)
    }
}
