import Foundation
import Glibc
import MCPStore
import NIOCore

/// Takes answers out of a file, so that their calls can be asked again.
enum AnswerSieve {
    /// Writes the file anew without the answers of some outcomes, and puts it in the place of the old one when it is whole.
    ///
    /// - Parameters:
    ///   - synced: As of ``AnswerScan/init(_:synced:)``.
    ///   - drops: Whether an answer goes.
    /// - Throws: ``CommandFailure``.
    static func drop(from path: String, _ drops: (BatchAnswerHead) -> Bool) async throws {
        let source = try ByteSource(path: path)
        defer { source.close() }
        let new = path + ".new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileFailure.cannot("be written", new) }
        defer { close(descriptor) }
        var lines = LineReader(source, longest: AnswerScan.longestLine)
        var buffer = ByteBuffer()
        while let line = try await lines.next() {
            guard let head = AnswerScan.head(line), !drops(head) else { continue }
            buffer.writeImmutableBuffer(line.bytes)
            buffer.writeStaticString("\n")
            if buffer.readableBytes > 256 << 10 { try write(&buffer, descriptor, new) }
        }
        try write(&buffer, descriptor, new)
        try await FileSync.sync(descriptor, new)
        guard rename(new, path) == 0 else { throw FileFailure.cannot("be replaced", path) }
        try await FileSync.directory(of: path)
    }

    private static func write(_ buffer: inout ByteBuffer, _ descriptor: Int32, _ path: String) throws {
        while buffer.readableBytes > 0 {
            let count = buffer.readWithUnsafeReadableBytes { max(Glibc.write(descriptor, $0.baseAddress, $0.count), 0) }
            guard count > 0 || errno == EINTR else { throw FileFailure.cannot("be written", path) }
        }
    }
}
