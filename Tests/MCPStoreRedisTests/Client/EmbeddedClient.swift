import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import MCPStoreRedis

/// A client on an embedded event loop with a channel in memory: time moves and bytes come when the test says so.
final class EmbeddedClient {
    let channel: EmbeddedChannel
    let client: RedisClient
    let events = NIOLockedValueBox<[String]>([])
    private(set) var handler: RedisChannelHandler

    static let greeting = "+OK\r\n:5\r\n$9\r\nrun_id:ab\r\n+PONG\r\n"

    init(
        _ url: String = "redis://h",
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
        adjust: (inout RedisConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = try RedisConfiguration(url: url)
        adjust(&configuration)
        self.channel = EmbeddedChannel()
        let events = self.events
        self.client = RedisClient(
            configuration: configuration,
            name: "test",
            eventLoop: self.channel.embeddedEventLoop,
            logger: logger,
            onEvent: { event in
                let text =
                    switch event {
                    case .connected(let identity):
                        "connected \(identity.runID ?? "-") \(identity.clientID ?? 0) \(identity.generation)"
                    case .disconnected(let error): "disconnected \(error.code)"
                    }
                events.withLockedValue { $0.append(text) }
            }
        )
        self.handler = self.client.core.value.makeHandler()
    }

    /// Opens the channel; the handshake goes out.
    func open() throws {
        try self.channel.pipeline.syncOperations.addHandler(self.handler)
        try self.channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
    }

    /// Opens the channel and answers the handshake.
    func openAndGreet() throws {
        try self.open()
        _ = try self.written()
        try self.receive(Self.greeting)
    }

    func receive(_ text: String) throws {
        try self.channel.writeInbound(ByteBuffer(string: text))
    }

    /// All writes since the last call.
    func written() throws -> [String] {
        self.channel.embeddedEventLoop.run()
        var all: [String] = []
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) { all.append(String(buffer: buffer)) }
        return all
    }

    func advance(_ time: TimeAmount) {
        self.channel.embeddedEventLoop.advanceTime(by: time)
    }

    /// Sends a command and gives a box that fills with a short text of each result.
    func send(_ command: RedisCommand, timeout: Duration? = nil) -> Outcome {
        let outcome = Outcome()
        self.client.send(command, timeout: timeout) { outcome.add($0) }
        return outcome
    }

    func send(_ script: RedisScript) -> Outcome {
        let outcome = Outcome()
        self.client.send(script, keys: ["k"], arguments: ["a"]) { outcome.add($0) }
        return outcome
    }

    func close() throws {
        _ = try self.channel.finish(acceptAlreadyClosed: true)
    }
}

/// The results of one command; more than one would be a defect.
final class Outcome: Sendable {
    private let box = NIOLockedValueBox<[Result<RESPReply, RedisError>]>([])

    func add(_ result: Result<RESPReply, RedisError>) { self.box.withLockedValue { $0.append(result) } }

    /// `ok text`, or the error's code with a `?` where the command may have executed.
    var texts: [String] {
        self.box.withLockedValue { results in
            results.map { result in
                switch result {
                case .success(let reply): "ok \(reply.string ?? reply.integer.map(String.init) ?? reply.description)"
                case .failure(let error): "\(error.serverCode ?? error.code.description)\(error.mayHaveExecuted ? "?" : "")"
                }
            }
        }
    }

    var error: RedisError? {
        if case .failure(let error)? = self.box.withLockedValue({ $0.first }) { error } else { nil }
    }
}
