import Foundation
import Glibc
import Synchronization

/// A process that a test starts and talks to over its streams. It is killed when the test process ends, however that ends.
///
/// Each one has a thread that starts it and then waits for its end. That it is the same thread matters: the kernel kills a
/// process with a parent-death signal when the *thread* that started it ends, and the threads that Swift tasks run on come
/// and go.
package final class ChildProcess: Sendable {
    /// What is kept of the output: the last so many bytes.
    private static let maximumOutput = 1 << 20

    private struct State {
        var output: [UInt8] = []
        var isOutputOpen = true
        var status: ExitStatus?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    package let processIdentifier: pid_t
    /// Where to write to its stdin; nil when that is /dev/null.
    private let input: Int32?
    private let state = Mutex(State())

    private init(processIdentifier: pid_t, input: Int32?) {
        self.processIdentifier = processIdentifier
        self.input = input
    }

    deinit {
        if let input { close(input) }
    }

    /// Starts `command` (a path and its arguments) with this process' environment and `environment`.
    /// - Parameter hasInput: whether ``write(_:)`` works; else its stdin is /dev/null.
    /// - Throws: ``PeerError``.
    package static func start(
        _ command: [String],
        environment: [String: String] = [:],
        hasInput: Bool = false
    ) throws -> ChildProcess {
        let started = Mutex<Result<ChildProcess, PeerError>?>(nil)
        let ready = DispatchSemaphore(value: 0)
        let thread = Thread {
            let spawned = Result { () throws(PeerError) in try Spawn.start(command, environment: environment, hasInput: hasInput)
            }
            let process = spawned.map { ChildProcess(processIdentifier: $0.processIdentifier, input: $0.input) }
            started.withLock { $0 = process }
            ready.signal()
            guard case .success(let process) = process, case .success(let spawned) = spawned else { return }
            Thread.detachNewThread { process.collect(from: spawned.output) }
            process.waitForExit()
        }
        thread.name = "child process"
        thread.start()
        ready.wait()
        guard let result = started.withLock({ $0 }) else { throw PeerError("the thread for \(command) did not run") }
        return try result.get()
    }

    /// What the process wrote to stdout and stderr, together; at most the last MiB.
    package var output: String {
        String(decoding: self.state.withLock { $0.output }, as: UTF8.self)
    }

    package var isRunning: Bool { self.state.withLock { $0.status == nil } }

    /// Writes all of `text` to its stdin. Blocks while the process does not read.
    /// - Throws: ``PeerError`` when it has none, or has closed it.
    package func write(_ text: String) throws {
        guard let input else { throw PeerError("the process has no stdin") }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw PeerError("cannot write to the process: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(written)
        }
    }

    /// Ends its stdin.
    package func closeInput() {
        if let input { shutdown(input, Int32(SHUT_WR)) }
    }

    package func signal(_ number: Int32) {
        self.state.withLock { state in
            // After its end the number may belong to another process.
            if state.status == nil { kill(self.processIdentifier, number) }
        }
    }

    /// The first line of output that starts with `prefix`, without its line end.
    /// - Throws: ``PeerError``, with the output, when it does not come within `deadline` or can come no more.
    package func line(startingWith prefix: String, within deadline: Duration = .seconds(30)) async throws -> String {
        let line = try await self.wait(within: deadline, for: "a line that starts with '\(prefix)'") { state in
            let line = state.output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
                .first { $0.starts(with: prefix.utf8) }
            return line.map { .some(String(decoding: $0, as: UTF8.self)) } ?? (state.isOutputOpen ? nil : .some(nil))
        }
        guard let line else { throw PeerError("the process ended its output without '\(prefix)':\n\(self.output)") }
        return line
    }

    /// The first whole line of output that holds all of `parts`, after the first `skipped` such lines; without its line end.
    /// - Throws: ``PeerError``, with the output, when it does not come within `deadline` or can come no more.
    package func line(
        containing parts: String...,
        skipping skipped: Int = 0,
        within deadline: Duration = .seconds(30)
    ) async throws -> String {
        let what = "a line that contains '\(parts.joined(separator: "' and '"))'"
        let line = try await self.wait(within: deadline, for: what) { state -> String?? in
            let lines = state.output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().lazy
                .map { String(decoding: $0, as: UTF8.self) }
                .filter { line in parts.allSatisfy { line.contains($0) } }
            return lines.dropFirst(skipped).first.map { .some($0) } ?? (state.isOutputOpen ? nil : .some(nil))
        }
        guard let line else { throw PeerError("the process ended its output without \(what):\n\(self.output)") }
        return line
    }

    /// Waits for its end and for the end of its output.
    /// - Throws: ``PeerError`` when it runs on for longer than `deadline`.
    @discardableResult
    package func exit(within deadline: Duration = .seconds(30)) async throws -> ExitStatus {
        try await self.wait(within: deadline, for: "its end") { state in state.isOutputOpen ? nil : state.status }
    }

    /// Ends the process, with SIGTERM and after five seconds with SIGKILL, and waits until it is gone.
    package func stop() async {
        self.signal(SIGTERM)
        do {
            _ = try await self.wait(within: .seconds(5), for: "its end") { $0.status }
        } catch {
            self.signal(SIGKILL)
            _ = await self.next { $0.status }
        }
    }

    // MARK: Threads

    private func collect(from descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            self.update { state in
                state.output.append(contentsOf: buffer[..<count])
                state.output.removeFirst(max(0, state.output.count - Self.maximumOutput))
            }
        }
        close(descriptor)
        self.update { $0.isOutputOpen = false }
    }

    private func waitForExit() {
        var status: Int32 = 0
        // Its end is noted before it is reaped, so that no signal goes to a number that was given away again.
        var info = siginfo_t()
        while waitid(P_PID, id_t(self.processIdentifier), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        self.state.withLock { state in
            while waitpid(self.processIdentifier, &status, 0) < 0, errno == EINTR {}
            state.status = ExitStatus(waitStatus: status)
        }
        self.update { _ in }
    }

    /// Changes the state and wakes who waits for a change.
    private func update(_ change: (inout State) -> Void) {
        let waiters = self.state.withLock { state in
            change(&state)
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: Waiting

    private func wait<Value: Sendable>(
        within deadline: Duration,
        for what: String,
        _ value: @escaping @Sendable (borrowing State) -> Value?
    ) async throws -> Value {
        let found = try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { await self.next(value) }
            group.addTask {
                try await Task.sleep(for: deadline)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let found else {
            throw PeerError("waited for \(what) for \(deadline); the output so far:\n\(self.output)")
        }
        return found
    }

    /// The first value that `value` finds, now or after a change; nil when the task is cancelled.
    private func next<Value: Sendable>(_ value: @Sendable (borrowing State) -> Value?) async -> Value? {
        while !Task.isCancelled {
            let id = self.state.withLock { state in
                state.nextWaiter += 1
                return state.nextWaiter
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                    let isOver = self.state.withLock { state in
                        if Task.isCancelled || value(state) != nil { return true }
                        state.waiters[id] = continuation
                        return false
                    }
                    if isOver { continuation.resume() }
                }
            } onCancel: {
                self.state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
            }
            if let found = self.state.withLock({ value($0) }) { return found }
        }
        return nil
    }
}
