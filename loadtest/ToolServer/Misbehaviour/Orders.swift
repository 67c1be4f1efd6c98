import Glibc

/// A folder whose files tell servers what to do wrong, so that a test can order it while they run.
struct Orders: Sendable {
    /// What can be ordered; the file's name.
    enum Order: String, Sendable {
        /// The next call is answered with ``hugeAnswer`` bytes.
        case huge
        /// The next call writes half of an answer, and the process ends.
        case halfLine = "half-line"
        /// HTTP: calls are answered with 429; the file says after how many seconds to come back, or nothing.
        case tooMany = "too-many"
        /// HTTP: calls are answered with 503; the file says the same.
        case overloaded
        /// HTTP: calls are answered with 502.
        case badGateway = "bad-gateway"
        /// Processes that start print an error and end.
        case failStart = "fail-start"
        /// While it is there, other tools are listed: `echo` says something else of itself, and there is one tool more.
        case changeTools = "change-tools"
    }

    /// 100 MiB.
    static let hugeAnswer = 100 << 20

    let folder: String

    /// Whether the order is there.
    func has(_ order: Order) -> Bool { access("\(self.folder)/\(order.rawValue)", F_OK) == 0 }

    /// What the file says; empty where there is none.
    func text(_ order: Order) -> String {
        guard let file = fopen("\(self.folder)/\(order.rawValue)", "r") else { return "" }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self)
    }

    /// Takes the order, so that nobody else does.
    ///
    /// - Returns: Whether it was there.
    func take(_ order: Order) -> Bool { unlink("\(self.folder)/\(order.rawValue)") == 0 }

    /// Writes half of an answer to standard output and ends the process.
    static func crashInLine() -> Never {
        let half = Array(#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","te"#.utf8)
        _ = write(STDOUT_FILENO, half, half.count)
        _exit(1)
    }
}
