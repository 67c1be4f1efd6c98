import Glibc

/// The ledger of one calling process. A line is with the kernel when ``write(_:)`` returns, so it outlives the process.
final class LedgerWriter: Sendable {
    private let file: CInt

    /// - Throws: ``ChaosError`` where the file cannot be made.
    init(path: String) throws(ChaosError) {
        file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw ChaosError("cannot write \(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(file) }

    /// A ledger with a hole would prove nothing: the process ends where it cannot write.
    func write(_ line: LedgerLine) {
        let bytes = Array((line.text + "\n").utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            fatalError("cannot write the ledger: \(String(cString: strerror(errno)))")
        }
    }
}
