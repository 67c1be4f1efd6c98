import MCPStoreProtocol
import NIOCore
import NIOEmbedded
import Testing

@Suite struct FlushOnceHandlerTests {
    /// Counts the flushes that come through.
    private final class Counter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var flushes = 0

        func flush(context: ChannelHandlerContext) {
            flushes += 1
            context.flush()
        }
    }

    private static func channel() throws -> (EmbeddedChannel, Counter) {
        let counter = Counter()
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([counter, FlushOnceHandler()])
        return (channel, counter)
    }

    @Test func `Two flushes of one turn are one, which comes at its end`() throws {
        let (channel, counter) = try Self.channel()
        channel.writeAndFlush(ByteBuffer(string: "head"), promise: nil)
        channel.writeAndFlush(ByteBuffer(string: "body"), promise: nil)
        #expect(counter.flushes == 0)
        channel.embeddedEventLoop.run()
        #expect(counter.flushes == 1)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "head"))
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "body"))
        // The next turn has its own.
        channel.writeAndFlush(ByteBuffer(string: "more"), promise: nil)
        channel.embeddedEventLoop.run()
        #expect(counter.flushes == 2)
        _ = try channel.finish()
    }

    @Test func `What was flushed goes out before the channel is closed`() throws {
        let (channel, counter) = try Self.channel()
        channel.writeAndFlush(ByteBuffer(string: "last"), promise: nil)
        channel.close(promise: nil)
        #expect(counter.flushes == 1)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "last"))
        channel.embeddedEventLoop.run()
        #expect(counter.flushes == 1)
    }

    @Test func `What was flushed goes out when the handler is taken away`() throws {
        let counter = Counter()
        let once = FlushOnceHandler()
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([counter, once])
        channel.writeAndFlush(ByteBuffer(string: "kept"), promise: nil)
        channel.pipeline.syncOperations.removeHandler(once, promise: nil)
        channel.embeddedEventLoop.run()
        #expect(counter.flushes == 1)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "kept"))
        _ = try channel.finish()
    }
}
