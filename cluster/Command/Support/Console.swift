import Foundation
import Glibc
import Logging
import MCPStore
import NIOConcurrencyHelpers

/// Standard output for results, standard error for everything else.
///
/// Warnings of a client command are held back until it is connected: where it fails before, its one line says the same.
final class Console: Sendable {
    static let shared = Console()

    private struct State {
        var held: [String]? = nil
        /// The status line that stands on the terminal now.
        var status: String? = nil
        var hasLostOutput = false
    }

    /// More held lines are dropped; they are repetitions.
    private static let mostHeld = 20

    private let state = NIOLockedValueBox(State())

    /// Whether standard error is a terminal, so that progress may be shown.
    var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether a line may be drawn over and over.
    var showsStatus: Bool { isTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    /// The columns of the terminal.
    var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Draws the status line; `nil` takes it away.
    func setStatus(_ line: String?) {
        state.withLockedValue { state in
            guard state.status != line else { return }
            state.status = line
            _ = Self.write("\r\u{1b}[K\(line ?? "")", to: STDERR_FILENO, patience: 0)
        }
    }

    /// What is written goes where the status line stands, which is drawn again below it.
    private func overStatus(_ body: () -> Void) {
        state.withLockedValue { state in
            guard let status = state.status else { return body() }
            _ = Self.write("\r\u{1b}[K", to: STDERR_FILENO, patience: 0)
            body()
            _ = Self.write(status, to: STDERR_FILENO, patience: 0)
        }
    }

    /// Whether results were lost, other than to a reader that had seen enough: the command has not done what it was to do.
    var hasLostOutput: Bool { state.withLockedValue { $0.hasLostOutput } }

    /// A result. What tools say may hold anything: on a terminal it is text and no more.
    func out(_ text: String) {
        _ = outIsRead(text)
    }

    /// A result of several.
    ///
    /// - Returns: Whether there is anybody to write more for.
    func outIsRead(_ text: String) -> Bool {
        setStatus(nil)
        let text = isatty(STDOUT_FILENO) == 1 ? TerminalText.safe(text) : text
        let failure = Self.write(text.hasSuffix("\n") || text.isEmpty ? text : text + "\n", to: STDOUT_FILENO, patience: -1)
        guard failure != 0 else { return true }
        // A reader that has seen enough, such as `head`, is no failure.
        guard failure != EPIPE else { return false }
        let isFirst = state.withLockedValue { state in
            defer { state.hasLostOutput = true }
            return !state.hasLostOutput
        }
        if isFirst { note("mcpstore: standard output cannot be written: \(String(cString: strerror(failure)))") }
        return false
    }

    /// What stands on the screen of a view that has the whole terminal.
    func draw(_ text: String) { _ = Self.write(text, to: STDOUT_FILENO, patience: 1000) }

    /// A line for people.
    func note(_ line: String) {
        // Where this fails, nobody is left to be told. A worker does not die because its log has lost its reader.
        overStatus { _ = Self.write(line + "\n", to: STDERR_FILENO, patience: 1000) }
    }

    /// Not `FileHandle.write`, which ends the process when the other end of the pipe is closed.
    ///
    /// - Parameter patience: how long a reader may keep a non-blocking descriptor full, in milliseconds; -1 for ever.
    /// - Returns: 0, or the error's number.
    private static func write(_ text: String, to descriptor: Int32, patience: Int32) -> Int32 {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if poll(&wait, 1, patience) == 0 { return EAGAIN }
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    func holdWarnings() {
        state.withLockedValue { $0.held = [] }
    }

    func releaseWarnings() {
        let held = state.withLockedValue { state in
            defer { state.held = nil }
            return state.held ?? []
        }
        held.forEach(note)
    }

    /// For a command whose result says the same.
    func dropWarnings() {
        state.withLockedValue { $0.held = nil }
    }

    func log(_ line: String) {
        let isHeld = state.withLockedValue { state in
            guard let count = state.held?.count else { return false }
            if count < Self.mostHeld { state.held?.append(line) }
            return true
        }
        if !isHeld { note(line) }
    }

    /// The last thing: the line that says why the command failed. What is held then would say the same.
    func finish(_ message: String?) {
        guard let message else { return releaseWarnings() }
        state.withLockedValue { $0.held = nil }
        note("mcpstore: \(message.oneLine)")
    }
}
