import Logging
import NIOCore

/// MCP over the standard input and output of a child process, one JSON-RPC message a line.
///
/// The child runs under `mcpstore-guardian`; closing its standard input is what ends it, and the guardian sees to the rest. The
/// transport counts as closed when the guardian has exited, that is when nothing of the child is left.
final class StdioTransport: MCPTransport {
    let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<StdioTransportCore?>

    private init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.core = .makeEmptyBox(valueType: StdioTransportCore.self, eventLoop: eventLoop)
    }

    /// Starts the child.
    ///
    /// - Parameters:
    ///   - delegate: Held until `transportClosed` was called.
    ///   - standardError: Gets what the child writes to its standard error.
    ///   - onStandardError: Called on the event loop for every line of it.
    /// - Throws: ``MCPError/Code/startFailed``. A command that does not exist is no error here: the guardian reports it on the
    ///   child's standard error, and the transport closes.
    static func connect(
        _ server: StdioServer,
        eventLoop: any EventLoop,
        delegate: any MCPTransportDelegate,
        limits: SessionLimits,
        standardError: StandardErrorLog,
        onStandardError: @escaping @Sendable (String) -> Void,
        logger: Logger
    ) async throws(MCPError) -> StdioTransport {
        let plan = ChildProcess.Plan(guardian: try GuardianProgram.find(), server: server, limits: limits)
        let transport = StdioTransport(eventLoop: eventLoop)
        let started = eventLoop.makePromise(of: Void.self)
        eventLoop.execute {
            let core = StdioTransportCore(
                command: server.command,
                eventLoop: eventLoop,
                delegate: delegate,
                limits: limits,
                standardError: standardError,
                onStandardError: onStandardError,
                logger: logger
            )
            transport.core.value = core
            core.start(plan, handle: transport.core, started: started)
        }
        do {
            try await started.futureResult.get()
        } catch {
            throw error as? MCPError ?? MCPError(.startFailed, "cannot start '\(server.command)': \(error)")
        }
        return transport
    }

    func send(_ message: OutboundMessage) {
        self.run { $0.send(message) }
    }

    /// Does nothing: on a pipe an answer cannot be refused, and the session tells the server that nobody waits for it.
    func cancel(requestID: Int) {}

    /// Does nothing: the lines look the same in every revision.
    func negotiated(_ revision: ProtocolRevision) {}

    func close(reason: MCPError) {
        self.run { $0.close(reason: reason) }
    }

    private func run(_ body: @escaping @Sendable (StdioTransportCore) -> Void) {
        if self.eventLoop.inEventLoop {
            self.core.value.map(body)
        } else {
            self.eventLoop.execute { self.core.value.map(body) }
        }
    }
}
