/// What a call is a part of (W3C Trace Context): goes from the caller's request through the job into `_meta` of the request to the
/// MCP server.
package struct JobTrace: Sendable, Equatable {
    /// The trace that what runs now belongs to. Calls that are submitted meanwhile carry it.
    @TaskLocal package static var current: JobTrace?

    /// The value of `traceparent`.
    package let traceparent: String
    /// The value of `tracestate`; `nil` where there is none.
    package let tracestate: String?

    /// Longer ones are dropped, as the recommendation allows (section 3.3.1.5 asks for at least 512 to be passed on).
    private static let mostStateBytes = 512

    /// - Parameters:
    ///   - traceparent: `nil` is returned where it is none that section 3.2 allows: then there is no trace to continue.
    ///   - tracestate: Left out where it is empty, too long or not printable.
    package init?(traceparent: String?, tracestate: String?) {
        guard let traceparent, Self.isWellFormed(traceparent) else { return nil }
        self.traceparent = traceparent
        let isKept = tracestate.map { state in
            (1...Self.mostStateBytes).contains(state.utf8.count) && state.utf8.allSatisfy { (0x20...0x7e).contains($0) }
        }
        self.tracestate = isKept == true ? tracestate : nil
    }

    /// - Parameter field: What ``field`` was.
    package init?(field: String) {
        guard !field.isEmpty else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        self.init(traceparent: parts[0], tracestate: parts.count > 1 ? parts[1] : nil)
    }

    /// The field `trace` of a job: `traceparent`, and after a space `tracestate`.
    package var field: String { tracestate.map { "\(traceparent) \($0)" } ?? traceparent }

    /// The 32 hexadecimal digits by which logs and tracing systems know the trace.
    package var traceID: String { String(traceparent.dropFirst(3).prefix(32)) }

    /// `00-{32 hex}-{16 hex}-{2 hex}` in lower case; later versions may have more after it.
    private static func isWellFormed(_ text: String) -> Bool {
        let parts = text.split(separator: "-", maxSplits: 4, omittingEmptySubsequences: false).map { Array($0.utf8) }
        guard parts.count >= 4, zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.count == $1 && $0.allSatisfy(isHex) }) else {
            return false
        }
        guard text.utf8.count <= 128, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return false }
        let zero = UInt8(ascii: "0")
        let hasIDs = parts[1].contains { $0 != zero } && parts[2].contains { $0 != zero }
        return hasIDs && parts[0] != Array("ff".utf8) && (parts[0] != [zero, zero] || parts.count == 4)
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
