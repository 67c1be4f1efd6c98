import NIOConcurrencyHelpers
import NIOCore

/// Where commands from any thread meet the event loop: a bounded, lock-protected queue that asks for one drain when it was
/// empty, however many commands follow before the drain runs.
final class CommandInbox: Sendable {
    private struct State {
        var commands: [QueuedCommand] = []
        var bytes = 0
        var backlogCount = 0
        var backlogBytes = 0
        var drainIsScheduled = false
        var nextID: UInt64 = 1
        var isConnected = false
        var clientID: Int?
        var closedBy: RedisError?
    }

    /// What became of new commands.
    enum Admission {
        /// Queued; `needsDrain` says that the caller has to schedule the drain.
        case queued(first: UInt64, needsDrain: Bool)
        case refused(RedisError)
    }

    private let state = NIOLockedValueBox(State())
    private let maximumCount: Int
    private let maximumBytes: Int
    private let endpoint: String

    init(maximumCount: Int, maximumBytes: Int, endpoint: String) {
        self.maximumCount = maximumCount
        self.maximumBytes = maximumBytes
        self.endpoint = endpoint
    }

    /// Whether there is a connection that is ready.
    var isConnected: Bool {
        get { self.state.withLockedValue { $0.isConnected } }
        set { self.state.withLockedValue { $0.isConnected = newValue } }
    }

    /// What Redis calls the last connection that was ready.
    var clientID: Int? {
        get { self.state.withLockedValue { $0.clientID } }
        set { self.state.withLockedValue { $0.clientID = newValue } }
    }

    /// Queues one command; its id is set here.
    func add(_ command: consuming QueuedCommand) -> Admission {
        let bytes = command.queuedBytes
        var command = command
        return self.state.withLockedValue { state in
            if let error = self.refusal(state, count: 1, bytes: bytes) { return .refused(error) }
            let id = state.nextID
            state.nextID += 1
            command.id = id
            state.commands.append(command)
            state.bytes += bytes
            defer { state.drainIsScheduled = true }
            return .queued(first: id, needsDrain: !state.drainIsScheduled)
        }
    }

    /// Queues commands that stay together, all or none. Their ids follow one another.
    func add(_ commands: [QueuedCommand]) -> Admission {
        let bytes = commands.reduce(0) { $0 + $1.queuedBytes }
        return self.state.withLockedValue { state in
            if let error = self.refusal(state, count: commands.count, bytes: bytes) { return .refused(error) }
            let first = state.nextID
            for var command in commands {
                command.id = state.nextID
                state.nextID += 1
                state.commands.append(command)
            }
            state.bytes += bytes
            defer { state.drainIsScheduled = true }
            return .queued(first: first, needsDrain: !state.drainIsScheduled)
        }
    }

    private func refusal(_ state: State, count: Int, bytes: Int) -> RedisError? {
        if let error = state.closedBy { return error }
        let pending = state.commands.count + state.backlogCount
        let pendingBytes = state.bytes + state.backlogBytes
        guard pending + count > self.maximumCount || pendingBytes + bytes > self.maximumBytes else { return nil }
        return RedisError(
            .tooManyPending,
            "\(pending) commands of \(pendingBytes) bytes already wait for \(self.endpoint); the bound is \(self.maximumCount) "
                + "commands or \(self.maximumBytes) bytes"
        )
    }

    /// Takes what was queued by swapping it with an empty array, so that both keep their storage.
    func take(into commands: inout [QueuedCommand], backlog: CommandBacklog) {
        self.state.withLockedValue { state in
            swap(&state.commands, &commands)
            // What is taken counts as backlog until the event loop has said how much of it was written.
            state.backlogCount = backlog.count + commands.count
            state.backlogBytes = backlog.bytes + state.bytes
            state.bytes = 0
            state.drainIsScheduled = false
        }
    }

    /// Takes out one command that the event loop has not taken yet, if it is here.
    func remove(id: UInt64) -> QueuedCommand? {
        self.state.withLockedValue { state in
            guard let position = state.commands.firstIndex(where: { $0.id == id }) else { return nil }
            let command = state.commands.remove(at: position)
            state.bytes -= command.queuedBytes
            return command
        }
    }

    /// Says how much waits on the event loop's side.
    func setBacklog(_ backlog: CommandBacklog) {
        self.state.withLockedValue { state in
            state.backlogCount = backlog.count
            state.backlogBytes = backlog.bytes
        }
    }

    /// Queues a command that the bound has let in before, with a new id, so that ids keep growing along the queue.
    func requeue(_ command: consuming QueuedCommand) -> Admission {
        let bytes = command.queuedBytes
        var command = command
        return self.state.withLockedValue { state in
            if let error = state.closedBy { return .refused(error) }
            let id = state.nextID
            state.nextID += 1
            command.id = id
            state.commands.append(command)
            state.bytes += bytes
            defer { state.drainIsScheduled = true }
            return .queued(first: id, needsDrain: !state.drainIsScheduled)
        }
    }

    /// Refuses everything from now on.
    func close(_ error: RedisError) {
        self.state.withLockedValue { state in
            state.closedBy = error
            state.isConnected = false
        }
    }
}
