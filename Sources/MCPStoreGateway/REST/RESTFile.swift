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
    /// As the client said; `nil` where it did not.
    private let length: Int?

    init(_ body: RequestBody, type: String, length: Int?) {
        self.type = type
        self.length = length
        pieces = body.makeAsyncIterator()
    }

    /// The next piece; `nil` at the end.
    ///
    /// - Throws: ``Problem`` 413, and what reading from the connection throws; `CancellationError` where nobody reads any more. What
    ///   is not the end must not be taken for it.
    func next() async throws -> ByteBuffer? {
        guard let piece = try await pieces.next() else {
            // Who is cancelled while it waits for a piece is told that there are no more.
            try Task.checkCancellation()
            guard length.map({ bytes == $0 }) ?? true else { throw Problem(400, "invalidBody", "the body broke off") }
            return nil
        }
        bytes += piece.readableBytes
        guard bytes <= Self.mostBytes else {
            throw Problem(413, "tooLarge", "a file has at most \(Self.mostBytes >> 20) MiB: upload the rest as another one")
        }
        return piece
    }
}
