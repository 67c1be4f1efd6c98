import Glibc
import Logging
import MCPStoreProtocol
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A front door over standard input and output, for clients that start their servers themselves.
package struct StdioServer: Service {
    /// The longest message, in bytes.
    static let mostBytes = 16 << 20

    /// How long what runs has when the input ends.
    private static let lastAnswers = Duration.seconds(10)

    private let door: FrontDoor
    private let subscriptions: Subscriptions
    private let input: CInt
    private let output: CInt

    /// - Parameters:
    ///   - input: The descriptor to read from; a pipe, socket or terminal. It is taken over.
    ///   - output: The descriptor to write to; likewise.
    package init(space: any ToolSpace, options: FrontDoorOptions, input: CInt, output: CInt) {
        subscriptions = Subscriptions(most: options.mostSubscriptions)
        door = FrontDoor(space: space, options: options, subscriptions: subscriptions)
        self.input = input
        self.output = output
    }

    /// Serves until the input ends, or a graceful shutdown.
    package func run() async throws {
        let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // What was asked before the input ended is answered.
            .channelOption(.allowRemoteHalfClosure, value: true)
            .takingOwnershipOfDescriptors(input: input, output: output) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            let messages = OutboundMessages()
            let session = StdioSession(door, messages)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await messages.forEach { batch in
                        var bytes = ByteBuffer()
                        for message in batch {
                            bytes.writeImmutableBuffer(message)
                            bytes.writeStaticString("\n")
                        }
                        try await outbound.write(bytes)
                    }
                }
                group.addTask { [subscriptions] in
                    do { try await Self.read(inbound.cancelOnGracefulShutdown(), session) } catch is CancellationError {}
                    subscriptions.end()
                    await session.finish(within: Self.lastAnswers)
                    messages.end()
                }
                // Where the output is closed, nobody is there to be answered: the first failure ends all.
                for try await _ in group {}
            }
        }
    }

    private static func read<Bytes: AsyncSequence>(
        _ inbound: Bytes,
        _ session: StdioSession
    ) async throws where Bytes.Element == ByteBuffer {
        var framer = LineFramer(maximumBytes: mostBytes)
        for try await bytes in inbound {
            framer.feed(bytes)
            while let event = framer.next() {
                switch event {
                case .line(let line): await session.receive(line)
                case .oversized: await session.refuse("the message has more than \(mostBytes) bytes")
                case .endless: return
                }
            }
        }
    }
}
