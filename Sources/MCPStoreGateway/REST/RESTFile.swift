import HummingbirdCore
import MCPStore
import NIOCore

/// A body that is read piece by piece, as fast as what comes of it is taken: whoever sends it waits.
///
/// Unchecked: one reads it, one piece after another.
final class RESTFile: @unchecked Sendable {
    /// The most bytes of one file.
    static let mostBytes = 1 << 30

    /// Its media type, without parameters.
    let type: String
    private var pieces: RequestBody.AsyncIterator
    private var bytes = 0

    init(_ body: RequestBody, type: String) {
        self.type = type
        pieces = body.makeAsyncIterator()
    }

    /// The next piece; `nil` at the end.
    ///
    /// - Throws: ``Problem`` 413, and what reading from the connection throws.
    func next() async throws -> ByteBuffer? {
        guard let piece = try await pieces.next() else { return nil }
        bytes += piece.readableBytes
        guard bytes <= Self.mostBytes else {
            throw Problem(413, "tooLarge", "a file has at most \(Self.mostBytes >> 20) MiB: upload the rest as another one")
        }
        return piece
    }
}
