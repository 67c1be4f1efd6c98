import CGuardian
import Dispatch
import Foundation
import Glibc
import MCPStoreProtocol
import NIOConcurrencyHelpers
import Subprocess
import SystemPackage

/// A process of a local cluster or load test, under the guardian: it never outlives this one, also when this one is killed, because the
/// guardian sees the end of the pipe whose other end is held here.
package final class GuardedProcess: Sendable {
    /// The system gives no pipe.
    struct NoPipe: Error, CustomStringConvertible {
        let reason: String
        var description: String { "cannot make a pipe: \(reason)" }
    }

    private struct State {
        var hasEnded = false
        /// The write end of its standard input; closing it ends the process.
        var hold: CInt?
        var waiting: [@Sendable () -> Void] = []
    }

    /// How long it may take to end after SIGTERM, in milliseconds: longer than the time in which the workers of
    /// `mcpstore up` finish what they run.
    private static let grace = 10_000

    package let name: String
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - environment: Set in addition to this process' own; what is `nil` is taken out.
    ///   - outlet: Gets what it writes to its standard output and error.
    package init(_ name: String, _ command: [String], environment: [String: String?] = [:], output outlet: ProcessOutlet) throws {
        self.name = name
        let guardian = try GuardianProgram.find()
        let input = try Self.makePipe()
        let output = try Self.makePipe()
        state.withLockedValue { $0.hold = input.write }

        // A hang-up is answered with SIGTERM at once: these processes have no use for their standard input.
        let arguments = ["--null-stdin", "--grace-ms", "0", "--term-ms", "\(Self.grace)", "--"] + command
        var updates: [Environment.Key: String?] = [:]
        for (key, value) in environment { updates.updateValue(value, forKey: Environment.Key(stringLiteral: key)) }
        Self.read(output.read, into: outlet)
        let written = FileDescriptor(rawValue: output.write)
        // A process group of its own: Ctrl-C in a terminal is for `up`, which ends the processes in their order.
        var options = PlatformOptions()
        options.processGroupID = 0
        let platformOptions = options
        Task.detached { [state, updates] in
            do {
                _ = try await Subprocess.run(
                    .path(FilePath(guardian.path)),
                    arguments: guardian.arguments(arguments),
                    environment: .inherit.updating(updates),
                    platformOptions: platformOptions,
                    input: .fileDescriptor(FileDescriptor(rawValue: input.read), closeAfterSpawningProcess: true),
                    output: .fileDescriptor(written, closeAfterSpawningProcess: false),
                    error: .fileDescriptor(written, closeAfterSpawningProcess: true)
                )
            } catch {
                outlet.received(Data("error: cannot start \(name): \(error)\n".utf8))
            }
            let waiting = state.withLockedValue { state in
                state.hasEnded = true
                defer { state.waiting = [] }
                return state.waiting
            }
            for waiter in waiting { waiter() }
        }
    }

    /// Reads to the end; the source lives until then, held by its own handler.
    private static func read(_ descriptor: CInt, into outlet: ProcessOutlet) {
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: DispatchQueue(label: "mcpstore.up"))
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 16_384)
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count > 0 { outlet.received(Data(bytes[..<count])) } else { source.cancel() }
        }
        source.setCancelHandler { _ = Glibc.close(descriptor) }
        source.activate()
    }

    /// Both ends are closed on exec, so that no other process of the cluster holds one.
    private static func makePipe() throws -> (read: CInt, write: CInt) {
        var ends: [CInt] = [-1, -1]
        guard mcpstore_pipe(&ends) == 0 else {
            throw NoPipe(reason: String(cString: strerror(errno)))
        }
        return (ends[0], ends[1])
    }

    /// Calls `action` once it has ended.
    package func onExit(_ action: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLockedValue { state in
            if !state.hasEnded { state.waiting.append(action) }
            return state.hasEnded
        }
        if hasEnded { action() }
    }

    /// Lets go: the guardian ends it, with SIGTERM first.
    package func release() {
        let hold = state.withLockedValue { state in
            defer { state.hold = nil }
            return state.hold
        }
        if let hold { _ = Glibc.close(hold) }
    }

    /// Waits for its end; bounded by its grace, after which the guardian kills it.
    package func waitUntilExit() async {
        await withCheckedContinuation { continuation in onExit { continuation.resume() } }
    }
}
