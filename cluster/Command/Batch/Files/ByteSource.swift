import Glibc
import NIOCore
import NIOPosix

/// A file or a pipe that is read piece by piece, away from the event loops: a pipe may make a reader wait for long.
struct ByteSource: Sendable {
    /// Read at once.
    private static let piece = 256 << 10

    /// `-` for standard input.
    let path: String
    /// Bytes of a regular file; `nil` for everything else.
    let size: Int?
    private let descriptor: Int32

    var isPipe: Bool { size == nil }

    /// - Parameter path: `-` reads standard input.
    /// - Throws: ``CommandFailure`` (usage).
    init(path: String) throws {
        self.path = path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        var info = stat()
        guard descriptor >= 0, fstat(descriptor, &info) == 0 else {
            throw CommandFailure(status: .usage, message: "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        guard info.st_mode & S_IFMT != S_IFDIR else {
            throw CommandFailure(status: .usage, message: "\(path) is a directory: name a file of calls, or - for standard input")
        }
        size = info.st_mode & S_IFMT == S_IFREG ? Int(info.st_size) : nil
    }

    /// The next piece; `nil` at the end.
    ///
    /// - Throws: ``CommandFailure``.
    func next() async throws -> ByteBuffer? {
        try await NIOThreadPool.singleton.runIfActive { () throws -> ByteBuffer? in
            var buffer = ByteBuffer()
            buffer.reserveCapacity(Self.piece)
            while true {
                var count = 0
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.piece) { bytes in
                    count = read(descriptor, bytes.baseAddress, Self.piece)
                    return max(count, 0)
                }
                if count > 0 { return buffer }
                if count == 0 { return nil }
                guard errno == EINTR else { throw FileFailure.cannot("be read", path) }
            }
        }
    }

    func close() {
        if descriptor != STDIN_FILENO { Glibc.close(descriptor) }
    }
}
