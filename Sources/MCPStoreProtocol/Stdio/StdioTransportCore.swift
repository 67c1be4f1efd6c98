import Glibc
import Logging
import NIOCore
import NIOPosix

/// The part of ``StdioTransport`` that is confined to its event loop.
final class StdioTransportCore {
    private let command: String
    private let eventLoop: any EventLoop
    private let limits: SessionLimits
    private let standardError: StandardErrorLog
    private let onStandardError: @Sendable (String) -> Void
    private let logger: Logger
    private var delegate: (any MCPTransportDelegate)?

    private var framer: LineFramer
    private var outbound: OutboundLines
    private var channels: [any Channel] = []
    private var input: (any Channel)?
    private var guardianID: Int32?
    private var isFlushScheduled = false
    private var isWriting = false
    private var isInputClosed = false
    private var hasOutputEnded = false
    private var hasErrorEnded = false
    private var status: ChildProcess.Status?
    private var closeReason: MCPError?
    private var backstop: Scheduled<Void>?

    init(
        command: String,
        eventLoop: any EventLoop,
        delegate: any MCPTransportDelegate,
        limits: SessionLimits,
        standardError: StandardErrorLog,
        onStandardError: @escaping @Sendable (String) -> Void,
        logger: Logger
    ) {
        self.command = command
        self.eventLoop = eventLoop
        self.delegate = delegate
        self.limits = limits
        self.standardError = standardError
        self.onStandardError = onStandardError
        self.logger = logger
        self.framer = LineFramer(maximumBytes: limits.maximumMessageBytes)
        self.outbound = OutboundLines(maximumBytes: limits.maximumPendingWriteBytes)
    }

    // MARK: Start

    /// Makes the pipes, wraps our ends, and starts the guardian with the others. Called once.
    func start(_ plan: ChildProcess.Plan, handle: NIOLoopBoundBox<StdioTransportCore?>, started: EventLoopPromise<Void>) {
        let pipes: ChildPipes
        do throws(MCPError) {
            pipes = try ChildPipes()
        } catch {
            started.fail(error)
            return
        }
        let eventLoop = self.eventLoop
        // One channel a pipe: closing the input must not wait for what a child that hangs has not read.
        let input = NIOPipeBootstrap(group: eventLoop).takingOwnershipOfDescriptor(output: pipes.input.write)
        let output = Self.reader(eventLoop, bytes: { handle.value?.receivedOutput($0) }, end: { handle.value?.outputEnded() })
            .takingOwnershipOfDescriptor(input: pipes.output.read)
        let error = Self.reader(eventLoop, bytes: { handle.value?.receivedError($0) }, end: { handle.value?.errorEnded() })
            .takingOwnershipOfDescriptor(input: pipes.error.read)
        let wrapped = [(input, pipes.input.write), (output, pipes.output.read), (error, pipes.error.read)]
        EventLoopFuture.whenAllSucceed(wrapped.map(\.0), on: eventLoop).whenComplete { result in
            guard let core = handle.value else { return }
            switch result {
            case .success(let channels):
                core.channels = channels
                core.input = channels.first
                ChildProcess.start(
                    plan,
                    pipes: pipes,
                    onStart: { result in eventLoop.execute { handle.value?.guardianStarted(result, started) } },
                    onExit: { status in eventLoop.execute { handle.value?.guardianExited(status) } }
                )
            case .failure(let error):
                pipes.closeChildEnds()
                for (future, descriptor) in wrapped {
                    future.whenSuccess { $0.close(promise: nil) }
                    future.whenFailure { _ in ChildPipes.close([descriptor]) }
                }
                core.delegate = nil
                started.fail(MCPError(.startFailed, "cannot watch the pipes to '\(core.command)': \(error)"))
            }
        }
    }

    private static func reader(
        _ eventLoop: any EventLoop,
        bytes: @escaping @Sendable (ByteBuffer) -> Void,
        end: @escaping @Sendable () -> Void
    ) -> NIOPipeBootstrap {
        NIOPipeBootstrap(group: eventLoop)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 256 << 10)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ChildOutputHandler(onBytes: bytes, onEnd: end))
                }
            }
    }

    private func guardianStarted(_ result: Result<Int32, MCPError>, _ started: EventLoopPromise<Void>) {
        switch result {
        case .success(let processID):
            self.guardianID = processID
            self.logger.debug("started an MCP server", metadata: ["command": "\(self.command)", "pid": "\(processID)"])
            started.succeed()
        case .failure(let error):
            // The delegate is not told of what never began.
            self.delegate = nil
            for channel in self.channels { channel.close(promise: nil) }
            started.fail(error)
        }
    }

    // MARK: Out

    func send(_ message: OutboundMessage) {
        // What comes after the end is answered by `transportClosed`, which follows and knows how the child ended.
        guard !self.isInputClosed, self.input != nil else { return }
        guard self.outbound.append(message) else {
            self.refuse(message, MCPError(.busy, "the server '\(self.command)' does not read its input fast enough"))
            return
        }
        guard !self.isFlushScheduled, !self.isWriting else { return }
        // Everything that is sent in this turn of the loop goes out in one write.
        self.isFlushScheduled = true
        self.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.flush()
        }
    }

    private func flush() {
        guard !self.isWriting, !self.isInputClosed, let input = self.input else { return }
        guard let batch = self.outbound.nextBatch(written: { $0() }) else { return }
        self.isWriting = true
        input.writeAndFlush(batch).assumeIsolated().whenComplete { result in
            self.isWriting = false
            switch result {
            case .success: self.flush()
            case .failure: self.endInput()
            }
        }
    }

    /// Reports in a later turn, so that no answer comes before `send` has returned.
    private func refuse(_ message: OutboundMessage, _ error: MCPError) {
        guard case .request(let id, _, _) = message.kind else { return }
        self.eventLoop.assumeIsolated().execute {
            self.delegate?.requestFailed(id: id, error: error.written(false))
        }
    }

    // MARK: In

    private func receivedOutput(_ bytes: ByteBuffer) {
        guard self.delegate != nil else { return }
        self.framer.feed(bytes)
        while let event = self.framer.next() {
            switch event {
            case .line(let line): self.delegate?.received(line)
            case .oversized(let line): self.receivedOversized(line)
            case .endless(let count):
                self.close(reason: MCPError(.tooLarge, "a line of '\(self.command)' did not end within \(count) bytes"))
                return
            }
        }
    }

    private func receivedOversized(_ line: OversizedLine) {
        let error = MCPError(
            .tooLarge,
            "the answer of '\(self.command)' has \(line.byteCount) bytes; at most \(self.limits.maximumMessageBytes) are allowed",
            requestWasWritten: true
        )
        if let id = line.requestID {
            self.delegate?.requestFailed(id: id, error: error)
        } else {
            self.close(reason: error)
        }
    }

    private func receivedError(_ bytes: ByteBuffer) {
        for line in self.standardError.append(bytes) { self.onStandardError(line) }
    }

    private func errorEnded() {
        if let line = self.standardError.finish() { self.onStandardError(line) }
        self.hasErrorEnded = true
        self.finishIfDone()
    }

    private func outputEnded() {
        self.hasOutputEnded = true
        // A server that closed its output can answer nothing any more.
        self.endInput()
        self.finishIfDone()
    }

    // MARK: End

    func close(reason: MCPError) {
        if self.closeReason == nil { self.closeReason = reason }
        self.endInput()
    }

    /// Closes the child's standard input, whereupon its guardian ends it. Output is still read, so that a child that is busy
    /// writing can end.
    private func endInput() {
        guard !self.isInputClosed else { return }
        self.isInputClosed = true
        self.outbound.removeAll()
        self.input?.close(promise: nil)
        // The guardian kills for ten seconds at most.
        let patience = TimeAmount(self.limits.closeGrace) + TimeAmount(self.limits.terminateGrace) + .seconds(12)
        self.arm(patience) { $0.killGuardian() }
    }

    private func killGuardian() {
        guard self.status == nil, let guardianID = self.guardianID else { return }
        self.logger.warning("the guardian of an MCP server does not end and is killed", metadata: ["pid": "\(guardianID)"])
        _ = kill(guardianID, SIGKILL)
    }

    private func guardianExited(_ status: ChildProcess.Status) {
        self.status = status
        self.endInput()
        // What was written last is on its way. Nobody is left who could hold the pipes open, unless the guardian was killed.
        self.arm(.seconds(1)) { core in
            core.hasOutputEnded = true
            core.hasErrorEnded = true
            core.finishIfDone()
        }
        self.finishIfDone()
    }

    private func arm(_ delay: TimeAmount, _ action: @escaping (StdioTransportCore) -> Void) {
        self.backstop?.cancel()
        self.backstop = self.eventLoop.assumeIsolated().scheduleTask(in: delay) { action(self) }
    }

    private func finishIfDone() {
        guard let status = self.status, self.hasOutputEnded, self.hasErrorEnded, let delegate = self.delegate else { return }
        self.delegate = nil
        self.backstop?.cancel()
        for channel in self.channels { channel.close(promise: nil) }
        delegate.transportClosed(self.closeReason ?? MCPError(.closed, "the server '\(self.command)' \(status.text)"))
    }
}
