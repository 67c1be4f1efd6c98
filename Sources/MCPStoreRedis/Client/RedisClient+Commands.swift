import NIOCore

extension RedisClient {
    /// Sends a command and waits for its reply.
    ///
    /// A cancelled task resumes at once with `.cancelled`; others on the connection are not touched. What was written already
    /// still runs on the server: a blocking read that was cancelled may yet take an entry, and what is behind it waits for it,
    /// unless another connection ends it with `CLIENT UNBLOCK`.
    /// - Parameters:
    ///   - command: the command.
    ///   - timeout: how long to wait, for a connection and the reply; the configuration's socket timeout if `nil`. For a
    ///     command that blocks on the server, longer than it blocks.
    /// - Throws: `.server` with `serverCode` for an error reply; else what went wrong on the way.
    package func execute(_ command: RedisCommand, timeout: Duration? = nil) async throws(RedisError) -> RESPReply {
        try await self.perform(.command(command), timeout: timeout).get()
    }

    /// Runs a script by its SHA-1, and with its source if the server does not know it yet.
    /// - Throws: as ``execute(_:timeout:)``; an error reply of a script says that it may have executed.
    package func evaluate(
        _ script: RedisScript,
        keys: [String],
        arguments: [RedisArgument],
        timeout: Duration? = nil
    ) async throws(RedisError) -> RESPReply {
        try await self.perform(.script(script, script.command(keys: keys, arguments: arguments)), timeout: timeout).get()
    }

    /// Returns as soon as there is a connection that is ready.
    /// - Throws: at once what more waiting does not heal (wrong password, untrusted certificate, bad database); `.notConnected`
    ///   with the last reason when the time is up.
    package func waitUntilConnected(timeout: Duration) async throws(RedisError) {
        if self.isConnected { return }
        _ = try await self.perform(.untilConnected, timeout: timeout).get()
    }

    /// Sends commands that go out together, in order, and returns one result for each, in order.
    package func pipeline(_ commands: [RedisCommand], timeout: Duration? = nil) async -> [Result<RESPReply, RedisError>] {
        if commands.isEmpty { return [] }
        if Task.isCancelled { return commands.map { _ in .failure(Self.cancelledError) } }
        let cancellation = CommandCancellation(self)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let collector = PipelineCollector(count: commands.count, continuation: continuation)
                let (start, deadline) = self.times(timeout)
                let queued = commands.enumerated().map { index, command in
                    QueuedCommand(
                        id: 0,
                        work: .command(command),
                        start: start,
                        deadline: deadline,
                        sink: .pipeline(collector, index: index)
                    )
                }
                switch self.inbox.add(queued) {
                case .queued(let first, let needsDrain):
                    if needsDrain { self.scheduleDrain() }
                    cancellation.arm(first..<first + UInt64(commands.count))
                case .refused(let error):
                    for index in commands.indices { collector.complete(index, .failure(error)) }
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Sends a command without a task: `completion` is called on the event loop, exactly once.
    package func send(
        _ command: RedisCommand,
        timeout: Duration? = nil,
        completion: @escaping @Sendable (Result<RESPReply, RedisError>) -> Void
    ) {
        self.enqueue(.command(command), timeout, completion)
    }

    /// Runs a script without a task; see ``evaluate(_:keys:arguments:timeout:)``. `completion` is called on the event loop,
    /// exactly once.
    package func send(
        _ script: RedisScript,
        keys: [String],
        arguments: [RedisArgument],
        timeout: Duration? = nil,
        completion: @escaping @Sendable (Result<RESPReply, RedisError>) -> Void
    ) {
        self.enqueue(.script(script, script.command(keys: keys, arguments: arguments)), timeout, completion)
    }

    /// The same with a call that was made by ``RedisScript/call(keys:argumentCapacity:)``.
    package func send(
        _ script: RedisScript,
        call: RedisCommand,
        timeout: Duration? = nil,
        completion: @escaping @Sendable (Result<RESPReply, RedisError>) -> Void
    ) {
        self.enqueue(.script(script, call), timeout, completion)
    }

    private func enqueue(
        _ work: QueuedCommand.Work,
        _ timeout: Duration?,
        _ completion: @escaping @Sendable (Result<RESPReply, RedisError>) -> Void
    ) {
        let (start, deadline) = self.times(timeout)
        switch self.inbox.add(QueuedCommand(id: 0, work: work, start: start, deadline: deadline, sink: .callback(completion))) {
        case .queued(let id, let needsDrain):
            if needsDrain {
                self.scheduleDrain()
            } else if id % Self.burst == 0, self.eventLoop.inEventLoop {
                self.core.value.drainEarly()
            }
        case .refused(let error): self.eventLoop.execute { completion(.failure(error)) }
        }
    }

    private func perform(_ work: QueuedCommand.Work, timeout: Duration?) async -> Result<RESPReply, RedisError> {
        if Task.isCancelled { return .failure(Self.cancelledError) }
        let cancellation = CommandCancellation(self)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (start, deadline) = self.times(timeout)
                let sink = ReplySink.continuation(continuation)
                switch self.inbox.add(QueuedCommand(id: 0, work: work, start: start, deadline: deadline, sink: sink)) {
                case .queued(let id, let needsDrain):
                    if needsDrain { self.scheduleDrain() }
                    cancellation.arm(id..<id + 1)
                case .refused(let error):
                    sink.complete(.failure(error))
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func times(_ timeout: Duration?) -> (start: NIODeadline, deadline: NIODeadline) {
        let now = self.eventLoop.now
        return (now, now + TimeAmount(bounded: timeout ?? self.configuration.socketTimeout))
    }

    /// Of a long tick's commands so many are written at once, so that Redis works on them while the others are made.
    private static let burst: UInt64 = 8

    /// Runs at the end of the loop's present tick also when called on the loop, so that all commands of the tick share a write.
    private func scheduleDrain() {
        self.eventLoop.execute { self.core.value.drain() }
    }

    static let cancelledError = RedisError(.cancelled, "the task that waits for Redis is cancelled")
}
