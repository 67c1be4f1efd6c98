import Foundation
import NIOCore

/// Why a job ended without an answer of the server: the payload of such an outcome, as JSON.
package struct Reason: Codable, Sendable, Equatable {
    /// One clear line for a person.
    package var message: String
    /// `waiting` or `running`: where the job was.
    package var phase: String?
    /// The worker that ran it.
    package var worker: String?
    /// When it was started, or given to that worker, ISO 8601.
    package var started: String?
    /// What a person may do about it.
    package var hint: String?
    /// In how many milliseconds it may be worth trying again.
    package var retryAfterMs: Int?

    /// - Parameter started: Microseconds by Redis' clock.
    package init(
        _ message: String,
        phase: Phase? = nil,
        worker: String? = nil,
        started: Int? = nil,
        hint: String? = nil,
        retryAfterMs: Int? = nil
    ) {
        self.message = message
        self.phase = phase?.rawValue
        self.worker = worker
        self.hint = hint
        self.retryAfterMs = retryAfterMs
        self.started = started.map { ISO8601.text($0) }
    }

    package enum Phase: String, Sendable {
        case waiting
        case running
    }

    /// As JSON. Reasons are written on the cold path only.
    package var payload: ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return ByteBuffer(bytes: try encoder.encode(self))
        } catch {
            // Strings always encode; a payload is JSON whatever happens.
            return ByteBuffer(string: "{\"message\":\"unknown\"}")
        }
    }

    package init(payload: ByteBuffer) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(payload.readableBytesView))
        } catch {
            self.init(String(decoding: payload.readableBytesView.prefix(500), as: UTF8.self))
        }
    }
}
