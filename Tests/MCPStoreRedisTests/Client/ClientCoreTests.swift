import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import MCPStoreRedis

@Suite struct ClientCoreTests {
    private let ping = "*1\r\n$4\r\nPING\r\n"

    /// `GET` of the numbers, as they are on the wire.
    private func gets(_ numbers: Range<Int>) -> String {
        numbers.map { "*2\r\n$3\r\nGET\r\n$\($0 < 10 ? 1 : 2)\r\n\($0)\r\n" }.joined()
    }

    @Test func `few commands of one tick go out in one write at its end, in order`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        let outcomes = (0..<5).map { embedded.send(RedisCommand("GET", "\($0)")) }
        #expect(try embedded.channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(try embedded.written() == [self.gets(0..<5)])
        try embedded.receive((0..<5).map { ":\($0)\r\n" }.joined())
        #expect(outcomes.map(\.texts) == (0..<5).map { ["ok \($0)"] })
        try embedded.close()
    }

    @Test func `many commands of one tick go out in bursts while the others are made, in order, and none is lost`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        let outcomes = (0..<50).map { embedded.send(RedisCommand("GET", "\($0)")) }
        let early = try #require(try embedded.channel.readOutbound(as: ByteBuffer.self))
        let writes = [String(buffer: early)] + (try embedded.written())
        #expect(writes.joined() == self.gets(0..<50))
        #expect(writes.count >= 6)
        #expect(writes.allSatisfy { $0.split(separator: "GET").count <= 9 })
        try embedded.receive((0..<50).map { ":\($0)\r\n" }.joined())
        #expect(outcomes.map(\.texts) == (0..<50).map { ["ok \($0)"] })
        #expect(try embedded.written() == [])
        try embedded.close()
    }

    @Test func `much in one tick is flushed in pieces of less than 18 KiB`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        let text = String(repeating: "x", count: 1000)
        for _ in 0..<40 { _ = embedded.send(RedisCommand("ECHO", text)) }
        let writes = try embedded.written()
        #expect(writes.count >= 3)
        #expect(writes.allSatisfy { $0.utf8.count < 18 * 1024 })
        let echo = "*2\r\n$4\r\nECHO\r\n$1000\r\n\(text)\r\n"
        #expect(writes.joined() == String(repeating: echo, count: 40))
        try embedded.close()
    }

    @Test func `a large command is written without being copied, in its place`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        let text = String(repeating: "x", count: 100_000)
        _ = embedded.send(RedisCommand("PING"))
        _ = embedded.send(RedisCommand("ECHO", text))
        _ = embedded.send(RedisCommand("PING"))
        let echo = "*2\r\n$4\r\nECHO\r\n$100000\r\n\(text)\r\n"
        #expect(try embedded.written().joined() == self.ping + echo + self.ping)
        try embedded.close()
    }

    @Test func `commands wait for the handshake and are written after the event`() throws {
        let embedded = try EmbeddedClient()
        let outcome = embedded.send(RedisCommand("GET", "a"))
        try embedded.open()
        #expect(try !embedded.written().joined().contains("GET"))
        #expect(!embedded.client.isConnected)
        try embedded.receive(EmbeddedClient.greeting)
        #expect(embedded.client.isConnected)
        #expect(try embedded.written() == ["*2\r\n$3\r\nGET\r\n$1\r\na\r\n"])
        #expect(embedded.events.withLockedValue { $0 } == ["connected ab 5 1"])
        try embedded.receive("$1\r\n7\r\n")
        #expect(outcome.texts == ["ok 7"])
        try embedded.close()
    }

    @Test func `without a connection a command fails at its deadline and was not executed`() throws {
        let embedded = try EmbeddedClient()
        let short = embedded.send(RedisCommand("GET", "a"), timeout: .milliseconds(500))
        let long = embedded.send(RedisCommand("GET", "b"))
        _ = try embedded.written()
        embedded.advance(.milliseconds(499))
        #expect(short.texts.isEmpty)
        embedded.advance(.milliseconds(1))
        #expect(short.texts == ["notConnected"])
        #expect(short.error?.message.contains("500 ms") == true)
        embedded.advance(.milliseconds(1500))
        #expect(long.texts == ["notConnected"])
        try embedded.close()
    }

    @Test func `a deadline on a healthy connection fails its command only, and the late reply is swallowed`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        let short = embedded.send(RedisCommand("BLPOP", "a", "1"), timeout: .milliseconds(100))
        let other = embedded.send(RedisCommand("PING"))
        _ = try embedded.written()
        embedded.advance(.milliseconds(100))
        #expect(short.texts == ["timedOut?"])
        #expect(other.texts.isEmpty)
        try embedded.receive("*-1\r\n+PONG\r\n")
        #expect(short.texts == ["timedOut?"])
        #expect(other.texts == ["ok PONG"])
        #expect(embedded.client.isConnected)
        try embedded.close()
    }

    @Test func `a connection that is silent for the socket timeout is closed`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        let first = embedded.send(RedisCommand("PING"))
        _ = try embedded.written()
        embedded.advance(.milliseconds(1000))
        let second = embedded.send(RedisCommand("PING"))
        _ = try embedded.written()
        embedded.advance(.milliseconds(1000))
        #expect(first.texts == ["timedOut?"])
        #expect(second.texts == ["connectionLost?"])
        #expect(!embedded.client.isConnected)
        #expect(embedded.events.withLockedValue { $0 }.last == "disconnected connectionLost")
        #expect(!embedded.channel.isActive)
        try embedded.close()
    }

    @Test func `on a loss written commands may have executed and unwritten ones wait on`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        let written = embedded.send(RedisCommand("INCR", "a"))
        _ = try embedded.written()
        embedded.channel.isWritable = false
        embedded.channel.pipeline.fireChannelWritabilityChanged()
        let waiting = embedded.send(RedisCommand("INCR", "b"))
        #expect(try embedded.written() == [])
        embedded.channel.pipeline.fireChannelInactive()
        #expect(written.texts == ["connectionLost?"])
        #expect(waiting.texts.isEmpty)
        embedded.advance(.seconds(2))
        #expect(waiting.texts == ["notConnected"])
        #expect(waiting.error?.message.contains("closed the connection") == true)
        try embedded.close()
    }

    @Test func `a channel that is full takes no commands until it is writable again`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        embedded.channel.isWritable = false
        embedded.channel.pipeline.fireChannelWritabilityChanged()
        let first = embedded.send(RedisCommand("PING"))
        let second = embedded.send(RedisCommand("PING"), timeout: .milliseconds(10))
        #expect(try embedded.written() == [])
        embedded.advance(.milliseconds(10))
        #expect(second.texts == ["timedOut"])
        embedded.channel.isWritable = true
        embedded.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try embedded.written() == [self.ping])
        try embedded.receive("+PONG\r\n")
        #expect(first.texts == ["ok PONG"])
        try embedded.close()
    }

    @Test func `the number of waiting commands is bounded`() throws {
        let embedded = try EmbeddedClient { $0.maximumPendingCommands = 3 }
        let outcomes = (0..<5).map { _ in embedded.send(RedisCommand("PING")) }
        _ = try embedded.written()
        let later = embedded.send(RedisCommand("PING"))
        _ = try embedded.written()
        #expect((outcomes + [later]).map(\.texts) == [[], [], [], ["tooManyPending"], ["tooManyPending"], ["tooManyPending"]])
        try embedded.openAndGreet()
        let afterwards = embedded.send(RedisCommand("PING"))
        _ = try embedded.written()
        #expect(afterwards.texts.isEmpty, "what was written no longer counts")
        try embedded.close()
    }

    @Test func `the bytes of waiting commands are bounded`() throws {
        let embedded = try EmbeddedClient { $0.maximumPendingBytes = 100 }
        let first = embedded.send(RedisCommand("ECHO", String(repeating: "x", count: 50)))
        let second = embedded.send(RedisCommand("ECHO", String(repeating: "x", count: 50)))
        _ = try embedded.written()
        #expect(first.texts.isEmpty)
        #expect(second.texts == ["tooManyPending"])
        try embedded.close()
    }

    @Test func `a script that Redis does not know is sent once with its source, and later calls are not`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        let script = RedisScript(name: "one", source: Array("return 1".utf8))
        let outcome = embedded.send(script)
        #expect(try embedded.written().joined().contains("EVALSHA"))
        try embedded.receive("-NOSCRIPT No matching script.\r\n")
        #expect(outcome.texts.isEmpty)
        let again = try embedded.written().joined()
        #expect(again == "*5\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n$1\r\nk\r\n$1\r\na\r\n")
        try embedded.receive("-NOSCRIPT from within\r\n")
        #expect(outcome.texts == ["NOSCRIPT"], "never more than one EVAL")
        try embedded.close()
    }

    @Test func `a demoted primary fails the command, answers the rest and is left`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        let write = embedded.send(RedisCommand("SET", "a", "1"))
        let read = embedded.send(RedisCommand("GET", "a"))
        _ = try embedded.written()
        try embedded.receive("-READONLY You can't write against a read only replica.\r\n")
        #expect(write.texts == ["READONLY"])
        #expect(embedded.client.isConnected, "the reply to the read is still due")
        let later = embedded.send(RedisCommand("GET", "a"))
        #expect(try embedded.written() == [])
        try embedded.receive("$1\r\n1\r\n")
        #expect(read.texts == ["ok 1"])
        #expect(!embedded.client.isConnected)
        #expect(embedded.events.withLockedValue { $0 }.last == "disconnected serverNotReady")
        #expect(later.texts.isEmpty, "it waits for the next connection")
        try embedded.close()
    }

    @Test func `a wrong password is told to those who wait, at once, and to those who come`() throws {
        let embedded = try EmbeddedClient("redis://:hunter2@h")
        let waiting = embedded.send(RedisCommand("PING"))
        _ = try embedded.written()
        try embedded.open()
        try embedded.receive("-WRONGPASS invalid username-password pair\r\n")
        #expect(waiting.error?.code == .authenticationFailed)
        let later = embedded.send(RedisCommand("PING"))
        _ = try embedded.written()
        #expect(later.error?.code == .authenticationFailed)
        #expect(embedded.events.withLockedValue { $0 }.isEmpty)
        try embedded.close()
    }

    @Test func `an unsolicited reply ends the connection`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        try embedded.receive("+surprise\r\n")
        #expect(!embedded.client.isConnected)
        #expect(embedded.events.withLockedValue { $0 }.last == "disconnected protocolViolation")
        try embedded.close()
    }

    @Test func `a peer with another protocol is named as such`() throws {
        let embedded = try EmbeddedClient()
        let waiting = embedded.send(RedisCommand("PING"))
        try embedded.open()
        try embedded.receive("HTTP/1.1 400 Bad Request\r\n\r\n")
        #expect(!embedded.channel.isActive)
        embedded.advance(.seconds(2))
        #expect(waiting.error?.message.contains("did not answer in the Redis protocol") == true)
        #expect(waiting.error?.message.contains("rediss://") == true)
        try embedded.close()
    }

    @Test func `a peer that never answers the handshake is left at the socket timeout`() throws {
        let embedded = try EmbeddedClient()
        try embedded.open()
        embedded.advance(.milliseconds(1999))
        #expect(embedded.channel.isActive)
        embedded.advance(.milliseconds(1))
        #expect(!embedded.channel.isActive)
        try embedded.close()
    }

    @Test func `a reply beyond the bound fails its command and closes the connection`() throws {
        let embedded = try EmbeddedClient { $0.maximumReplySize = 1000 }
        try embedded.openAndGreet()
        let outcome = embedded.send(RedisCommand("GET", "a"))
        _ = try embedded.written()
        try embedded.receive("$5000\r\n" + String(repeating: "x", count: 2000))
        #expect(outcome.texts == ["connectionLost?"])
        #expect(outcome.error?.message.contains("larger than allowed") == true)
        #expect(!embedded.client.isConnected)
        try embedded.close()
    }

    @Test func `a closed client fails what waits, what is written and what comes`() throws {
        let embedded = try EmbeddedClient()
        try embedded.openAndGreet()
        let written = embedded.send(RedisCommand("PING"))
        _ = try embedded.written()
        let queued = embedded.send(RedisCommand("PING"))
        embedded.client.core.value.close(RedisError(.closed, "over"))
        let later = embedded.send(RedisCommand("PING"))
        _ = try embedded.written()
        #expect([written.texts, queued.texts, later.texts] == [["connectionLost?"], ["closed"], ["closed"]])
        try embedded.close()
    }

    @Test func `S19: at debug level each command is one line with its key and without its value`() throws {
        let lines = NIOLockedValueBox<[String]>([])
        var logger = Logger(label: "test", factory: { _ in RecordingLogHandler(lines: lines) })
        logger.logLevel = .debug
        let embedded = try EmbeddedClient(logger: logger)
        try embedded.openAndGreet()
        _ = embedded.send(RedisCommand("SET", "some-keys", "secretvalue"))
        _ = try embedded.written()
        embedded.advance(.milliseconds(15))
        try embedded.receive("+OK\r\n")
        let line = try #require(lines.withLockedValue { $0 }.last)
        for part in [
            "debug Redis SET ", "redis_key=some-keys", "redis_command=SET", "redis_words=3", "redis_bytes_sent=46",
            "redis_bytes_received=5", "redis_duration=15 ms",
        ] {
            #expect(line.contains(part), "\(line)")
        }
        #expect(!line.contains("secret"))
        try embedded.close()
    }

    @Test func `S19: above debug level nothing is logged for commands`() throws {
        let lines = NIOLockedValueBox<[String]>([])
        var logger = Logger(label: "test", factory: { _ in RecordingLogHandler(lines: lines) })
        logger.logLevel = .info
        let embedded = try EmbeddedClient(logger: logger)
        try embedded.openAndGreet()
        _ = embedded.send(RedisCommand("PING"))
        _ = try embedded.written()
        try embedded.receive("+PONG\r\n")
        #expect(lines.withLockedValue { $0 }.isEmpty)
        try embedded.close()
    }
}

/// Keeps what is logged.
struct RecordingLogHandler: LogHandler {
    let lines: NIOLockedValueBox<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    init(lines: NIOLockedValueBox<[String]>) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = self.metadata.merging(event.metadata ?? [:]) { $1 }
        let line =
            "\(event.level) \(event.message) " + all.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " ")
        self.lines.withLockedValue { $0.append(line) }
    }
}
