import NIOCore
import NIOPosix
import TestSupport

/// Bytes as a client of its own would send them.
extension LiveGateway {
    /// Sends `first`, once `mark` has come `rest`, and reads until the other side closes.
    func raw(_ first: String, after mark: String = "", _ rest: String) async throws -> String {
        try await connect().executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: first))
            var text = ""
            var isSent = mark.isEmpty
            if isSent { try await outbound.write(ByteBuffer(string: rest)) }
            for try await bytes in inbound {
                text += String(buffer: bytes)
                guard !isSent, text.contains(mark) else { continue }
                isSent = true
                try await outbound.write(ByteBuffer(string: rest))
            }
            return text
        }
    }

    /// Sends a request, does `body`, and closes the connection without having read.
    func leave(_ request: String, _ body: () async throws -> Void) async throws {
        try await connect().executeThenClose { _, outbound in
            try await outbound.write(ByteBuffer(string: request))
            try await body()
        }
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port) {
            channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
    }
}
