import Foundation
import Glibc

/// Standard error: what a person reads while a run goes on. The report goes to standard output.
enum Console {
    static let isTerminal = isatty(STDERR_FILENO) == 1

    /// A line of the report, on standard output, at once: a run may be killed.
    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    /// A line that stays.
    static func note(_ line: String) { write((isTerminal ? "\r\u{1B}[K" : "") + line + "\n") }

    /// The line that changes; nothing where standard error is no terminal.
    static func status(_ line: String) { if isTerminal { write("\r\u{1B}[K" + line.prefix(100)) } }

    private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
