import Foundation
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
    }

    /// More held lines are dropped; they are repetitions.
    private static let mostHeld = 20

    private let state = NIOLockedValueBox(State())

    /// Whether standard error is a terminal, so that progress may be shown.
    var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// A result.
    func out(_ text: String) {
        FileHandle.standardOutput.write(Data((text.hasSuffix("\n") || text.isEmpty ? text : text + "\n").utf8))
    }

    /// A line for people.
    func note(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
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
