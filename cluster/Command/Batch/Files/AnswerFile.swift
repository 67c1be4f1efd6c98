import Glibc
import MCPStore
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// The file, or pipe, that answers are written to: appended by one writer, in pieces, and synced from time to time.
final class AnswerFile: Sendable {
    /// Written at once.
    private static let piece = 64 << 10

    private struct State {
        var buffer = ByteBuffer()
        /// Records of the calls whose answers are in ``buffer``, and of those that are written and perhaps not on the disk.
        var buffered: [String] = []
        var unsynced: [String] = []
        /// Bytes that were written.
        var written: Int
        var synced: Int
    }

    let path: String
    private let descriptor: Int32
    private let state: NIOLockedValueBox<State>

    var isPipe: Bool { path == "-" }

    /// Opens the file for answers behind its first bytes; what lies behind those is cut off.
    ///
    /// - Parameters:
    ///   - path: `-` for standard output.
    ///   - isNew: Whether there must be none.
    /// - Throws: ``CommandFailure``.
    init(path: String, keeping bytes: Int = 0, isNew: Bool) throws {
        self.path = path
        state = NIOLockedValueBox(State(written: bytes, synced: bytes))
        guard path != "-" else {
            descriptor = STDOUT_FILENO
            return
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (isNew ? O_EXCL : 0), 0o644)
        guard descriptor >= 0 else { throw FileFailure.cannot("be written", path) }
        guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw FileFailure.cannot("be written", path) }
    }

    deinit { if !isPipe { close(descriptor) } }

    /// Takes an answer. Of one writer.
    ///
    /// - Parameters:
    ///   - isLast: Whether no other follows at once: then it is written now.
    ///   - forgetsRecord: Whether Redis needs the record of the call no more, once the answer is on the disk.
    /// - Throws: ``CommandFailure`` where it cannot be written.
    func append(_ answer: BatchAnswer, isLast: Bool, forgetsRecord: Bool = true) async throws {
        let isFull = state.withLockedValue { state in
            answer.write(to: &state.buffer)
            if forgetsRecord, let record = answer.record { state.buffered.append(record) }
            return state.buffer.readableBytes >= Self.piece
        }
        if isFull || isLast { try await flush() }
    }

    /// Writes what was taken.
    private func flush() async throws {
        let buffer = state.withLockedValue { state in
            defer { state.buffer = ByteBuffer() }
            return state.buffer
        }
        if isPipe {
            // Whoever reads it may be slow.
            try await NIOThreadPool.singleton.runIfActive { try self.write(buffer) }
        } else {
            try write(buffer)
        }
        state.withLockedValue { state in
            state.written += buffer.readableBytes
            state.unsynced += state.buffered
            state.buffered = []
        }
    }

    private func write(_ buffer: ByteBuffer) throws {
        try buffer.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(descriptor, start + written, bytes.count - written)
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN {
                    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&wait, 1, -1)
                } else if errno != EINTR {
                    throw FileFailure.cannot("be written", isPipe ? "standard output" : path)
                }
            }
        }
    }

    /// Has the disk keep what was written.
    ///
    /// - Returns: How many bytes are kept, and the records of the calls whose answers are among them; `nil` where there is nothing
    ///   new.
    /// - Throws: ``CommandFailure``.
    func sync() async throws -> (bytes: Int, records: [String])? {
        let (written, records, isNew) = state.withLockedValue { state in
            defer { state.unsynced = [] }
            return (state.written, state.unsynced, state.written > state.synced)
        }
        guard isNew else { return nil }
        do {
            if !isPipe { try await FileSync.sync(descriptor, path) }
        } catch {
            state.withLockedValue { $0.unsynced.insert(contentsOf: records, at: 0) }
            throw error
        }
        state.withLockedValue { $0.synced = written }
        return (written, records)
    }
}
