import Foundation
import MCPStoreProtocol
import NIOConcurrencyHelpers

/// A process of the local cluster, under the guardian: it never outlives this one, also when this one is killed, because the
/// guardian sees the end of the pipe whose other end is held here.
final class GuardedProcess: @unchecked Sendable {
    // @unchecked: Foundation's Process and Pipe are not Sendable. Both are set up in init; afterwards the pipe is only closed
    // and the process only asked whether it runs.
    let name: String
    private let process = Process()
    private let hold = Pipe()
    private let output = Pipe()
    private let state = NIOLockedValueBox(State())

    private struct State {
        var hasEnded = false
        var isReleased = false
        var waiting: [@Sendable () -> Void] = []
    }

    /// How long it may take to end after SIGTERM: workers finish what they run.
    private static let grace = 8000

    /// - Parameter environment: Set in addition to this process' own.
    init(_ name: String, _ command: [String], environment: [String: String] = [:], output outlet: ProcessOutlet) throws {
        self.name = name
        process.executableURL = URL(fileURLWithPath: try GuardianProgram.path())
        // A hang-up is answered with SIGTERM at once: these processes have no use for their standard input.
        process.arguments = ["--null-stdin", "--grace-ms", "0", "--term-ms", "\(Self.grace)", "--"] + command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = hold
        process.standardOutput = output
        process.standardError = output
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil } else { outlet.received(data) }
        }
        process.terminationHandler = { [state] _ in
            let waiting = state.withLockedValue { state in
                state.hasEnded = true
                defer { state.waiting = [] }
                return state.waiting
            }
            for waiter in waiting { waiter() }
        }
        try process.run()
    }

    /// Calls `action` once it has ended.
    func onExit(_ action: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLockedValue { state in
            if !state.hasEnded { state.waiting.append(action) }
            return state.hasEnded
        }
        if hasEnded { action() }
    }

    /// Lets go: the guardian ends it, with SIGTERM first.
    func release() {
        let isFirst = state.withLockedValue { state in
            defer { state.isReleased = true }
            return !state.isReleased
        }
        if isFirst { hold.fileHandleForWriting.closeFile() }
    }

    /// Waits for its end; bounded by its grace, after which the guardian kills it.
    func waitUntilExit() async {
        await withCheckedContinuation { continuation in onExit { continuation.resume() } }
    }
}
