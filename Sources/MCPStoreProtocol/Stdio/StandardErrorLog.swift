import NIOConcurrencyHelpers
import NIOCore

/// The last lines that a child wrote to its standard error: bounded in lines and bytes, secrets removed. Any thread may read it.
final class StandardErrorLog: Sendable {
    private struct State {
        var lines: [String] = []
        var byteCount = 0
        var partial: [UInt8] = []
        var isCut = false
    }

    private static let maximumLineBytes = 4096

    private let maximumLines: Int
    private let maximumBytes: Int
    private let redactor: Redactor
    private let state = NIOLockedValueBox(State())

    init(maximumLines: Int, maximumBytes: Int, redactor: Redactor) {
        self.maximumLines = maximumLines
        self.maximumBytes = maximumBytes
        self.redactor = redactor
    }

    /// The lines kept, oldest first.
    var recentLines: [String] { self.state.withLockedValue { $0.lines } }

    /// Takes bytes from the child.
    ///
    /// - Returns: The lines that are now complete.
    func append(_ bytes: ByteBuffer) -> [String] {
        self.state.withLockedValue { state in
            var complete: [String] = []
            for byte in bytes.readableBytesView {
                if byte == Byte.newline {
                    if let line = self.endLine(&state) { complete.append(line) }
                } else if state.partial.count < Self.maximumLineBytes {
                    state.partial.append(byte)
                } else {
                    state.isCut = true
                }
            }
            return complete
        }
    }

    /// The stream has ended: what was begun is a line.
    func finish() -> String? {
        self.state.withLockedValue { self.endLine(&$0) }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value
    }

    private func endLine(_ state: inout State) -> String? {
        var bytes = state.partial
        state.partial.removeAll(keepingCapacity: true)
        if state.isCut {
            // A secret may have been cut in two; the part that is left must not show.
            bytes.removeLast(min(bytes.count, self.redactor.longest))
            state.isCut = false
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let visible = String(text.unicodeScalars.filter { $0 == "\t" || !Self.isControl($0) })
        guard !visible.isEmpty else { return nil }
        let line = self.redactor.redact(visible)
        state.lines.append(line)
        state.byteCount += line.utf8.count
        while state.lines.count > self.maximumLines || (state.byteCount > self.maximumBytes && state.lines.count > 1) {
            state.byteCount -= state.lines.removeFirst().utf8.count
        }
        return line
    }
}
