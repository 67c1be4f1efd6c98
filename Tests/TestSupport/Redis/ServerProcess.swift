import CGuardian
import Glibc
import NIOConcurrencyHelpers
import NIOPosix

/// A child process of a test, which never outlives the test process: the kernel kills it when its parent thread ends, and
/// that thread is one that lives as long as the process.
final class ServerProcess: Sendable {
    /// The kernel ties "kill me when my parent is gone" to the *thread* that started the child, and threads of the
    /// concurrency runtime come and go; hence one thread of our own.
    private static let starter: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }()

    /// What went wrong, with the end of the child's output.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Output {
        var text = ""
        var isComplete = false
        var waiters: [(marker: String, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    let processID: pid_t
    private let output: NIOLockedValueBox<Output>
    private let reaped = NIOLockedValueBox<Int32?>(nil)

    private init(processID: pid_t, output: NIOLockedValueBox<Output>) {
        self.processID = processID
        self.output = output
    }

    /// Starts a program found on the PATH; its standard output and error are collected.
    static func start(_ arguments: [String]) async throws -> ServerProcess {
        try await Self.starter.runIfActive { try Self.spawn(["setpriv", "--pdeathsig", "KILL", "--"] + arguments) }
    }

    /// Runs a program to its end.
    /// - Throws: ``Failure`` with its output where its status is not 0.
    static func run(_ arguments: [String]) async throws {
        let child = try await Self.start(arguments)
        _ = await child.waitForOutput(containing: nil)
        let status = await child.wait()
        if status != 0 { throw Failure(description: "\(arguments.prefix(2)) ended with \(status): \(child.outputText)") }
    }

    /// What the child has written so far.
    var outputText: String { self.output.withLockedValue { $0.text } }

    /// Waits for a text in the output; `nil` waits for its end. `false` if the output ended without it.
    func waitForOutput(containing marker: String?) async -> Bool {
        await withCheckedContinuation { continuation in
            let now: Bool? = self.output.withLockedValue { output in
                if let marker, output.text.contains(marker) { return true }
                if output.isComplete { return marker == nil }
                output.waiters.append((marker ?? "", continuation))
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }

    /// Sends a signal.
    func signal(_ number: Int32) {
        self.reaped.withLockedValue { reaped in
            if reaped == nil { kill(self.processID, number) }
        }
    }

    /// Waits for the child's end and returns its wait status.
    @discardableResult
    func wait() async -> Int32 {
        _ = await self.waitForOutput(containing: nil)
        return self.reaped.withLockedValue { reaped in
            if let reaped { return reaped }
            var status: Int32 = 0
            // The output has ended, so the child is gone or about to be.
            while waitpid(self.processID, &status, 0) == -1, errno == EINTR {}
            reaped = status
            return status
        }
    }

    private static func spawn(_ arguments: [String]) throws -> ServerProcess {
        var pipe: [Int32] = [-1, -1]
        guard mcpstore_pipe(&pipe) == 0 else { throw Failure(description: "pipe: \(errno)") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)
        // Threads of the runtime block signals, and children would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var mask = sigset_t()
        sigemptyset(&mask)
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        var processID: pid_t = 0
        let failure = posix_spawnp(&processID, arguments[0], &actions, &attributes, pointers, environ)
        close(pipe[1])
        guard failure == 0 else {
            close(pipe[0])
            throw Failure(description: "cannot start \(arguments[0]): error \(failure)")
        }
        let output = NIOLockedValueBox(Output())
        Self.collect(pipe[0], into: output)
        return ServerProcess(processID: processID, output: output)
    }

    /// Reads the child's output on a thread of its own until it ends.
    private static func collect(_ descriptor: Int32, into output: NIOLockedValueBox<Output>) {
        let reader = NIOThreadPool(numberOfThreads: 1)
        reader.start()
        reader.submit { _ in
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(descriptor, &bytes, bytes.count)
                if count == -1, errno == EINTR { continue }
                if count <= 0 { break }
                Self.add(String(decoding: bytes[..<count], as: UTF8.self), to: output)
            }
            close(descriptor)
            Self.add(nil, to: output)
            reader.shutdownGracefully { _ in }
        }
    }

    private static func add(_ text: String?, to output: NIOLockedValueBox<Output>) {
        let ready = output.withLockedValue { output in
            if let text { output.text += text } else { output.isComplete = true }
            let isComplete = output.isComplete
            let whole = output.text
            // The marker "" waits for the end.
            let isDone = { (marker: String) in isComplete || !marker.isEmpty && whole.contains(marker) }
            let ready = output.waiters.filter { isDone($0.marker) }
            output.waiters.removeAll { isDone($0.marker) }
            return ready.map { ($0.continuation, $0.marker.isEmpty || whole.contains($0.marker)) }
        }
        for (continuation, found) in ready { continuation.resume(returning: found) }
    }
}
