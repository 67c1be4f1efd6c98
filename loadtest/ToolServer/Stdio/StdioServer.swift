import Glibc
import NIOCore
import NIOPosix

/// MCP over stdin and stdout of this process.
enum StdioServer {
    private static let readSizes = AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65_536, maximum: 262_144)

    /// Serves until the input ends.
    static func run(settings: Settings) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await NIOPipeBootstrap(group: group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.maxMessagesPerRead, value: 8)
            .channelOption(.recvAllocator, value: Self.readSizes)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StdioHandler(settings: settings))
                }
            }
            .takingOwnershipOfDescriptors(input: dup(STDIN_FILENO), output: dup(STDOUT_FILENO))
            .get()
        try await channel.closeFuture.get()
        try await group.shutdownGracefully()
    }
}
