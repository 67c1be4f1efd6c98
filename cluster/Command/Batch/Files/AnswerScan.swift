import Glibc
import MCPStore
import NIOCore

/// Which calls a file of answers answers, read again when a batch goes on.
struct AnswerScan: Sendable {
    /// Longer lines cannot be: results have a bound of 16 MiB.
    static let longestLine = 40 << 20

    /// Lines of calls, as ranges: however many are answered, there are few of those.
    private(set) var answered = RangeSet<Int>()
    /// Those of them whose answers stand behind what is synced: Redis may still have their records.
    private(set) var unsynced = RangeSet<Int>()
    private(set) var outcomes: [String: Int] = [:]
    /// Answers that are not `ok` of calls that may be made again without harm.
    private(set) var safe = 0
    /// Answers that were to be counted.
    private(set) var meant = 0
    /// Bytes of whole answers.
    private(set) var bytes = 0

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - synced: So many bytes are certainly whole. Behind them stands what was written last: up to the first line that
    ///   is none, which a power failure has torn.
    ///   - selection: What to count.
    /// - Throws: ``CommandFailure`` where the file is not what was written.
    init(_ path: String, synced: Int, counting selection: RetrySelection? = nil) async throws {
        let source = try ByteSource(path: path)
        defer { source.close() }
        if let size = source.size, size < synced {
            throw CommandFailure(
                status: .usage,
                message: "\(path) is shorter than it was: \(size) bytes where \(synced) were written; it was changed since"
            )
        }
        var lines = LineReader(source, longest: Self.longestLine)
        while let line = try await lines.next() {
            guard let head = Self.head(line) else {
                guard bytes >= synced else {
                    throw CommandFailure(
                        status: .usage,
                        message: "line \(line.number) of \(path) is no answer of this batch: the file was changed since"
                    )
                }
                return
            }
            answered.insert(contentsOf: head.line..<head.line + 1)
            if bytes >= synced { unsynced.insert(contentsOf: head.line..<head.line + 1) }
            outcomes[head.outcome, default: 0] += 1
            if selection?.isMeant(head.outcome, isSafeToRetry: head.isSafeToRetry) == true { meant += 1 }
            if head.isSafeToRetry { safe += 1 }
            bytes = lines.offset
        }
    }

    static func head(_ line: LineReader.Line) -> BatchAnswerHead? {
        guard line.isWhole, !line.isTooLong else { return nil }
        return line.bytes.withUnsafeReadableBytes { bytes in
            // What the disk has not kept reads as zeros.
            guard let start = bytes.baseAddress, memchr(start, 0, bytes.count) == nil else { return nil }
            return BatchAnswerHead(bytes)
        }
    }
}
