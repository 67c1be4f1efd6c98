import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport

/// A Sentinel whose every byte the test decides. It counts the connections and what they ask.
final class ScriptedSentinel: Sendable {
    /// What it says to whatever comes; nil: nothing at all.
    private let answer: NIOLockedValueBox<String?>
    private let questions = NIOLockedValueBox(0)
    private let listener: any Channel

    let port: Int

    private init(answer: NIOLockedValueBox<String?>, listener: any Channel, port: Int) {
        self.answer = answer
        self.listener = listener
        self.port = port
    }

    static func start(_ answer: String?) async throws -> ScriptedSentinel {
        let answer = NIOLockedValueBox(answer)
        let questions = NIOLockedValueBox<@Sendable () -> Void>({})
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(answer, questions))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let sentinel = ScriptedSentinel(answer: answer, listener: listener, port: listener.localAddress?.port ?? 0)
        questions.withLockedValue { box in
            let count = sentinel.questions
            box = { count.withLockedValue { $0 += 1 } }
        }
        return sentinel
    }

    /// The reply that names a master.
    static func naming(_ host: String, _ port: Int) -> String {
        "*2\r\n$\(host.utf8.count)\r\n\(host)\r\n$\("\(port)".utf8.count)\r\n\(port)\r\n"
    }

    /// How often it was asked something.
    var questionCount: Int { self.questions.withLockedValue { $0 } }

    func say(_ answer: String?) { self.answer.withLockedValue { $0 = answer } }

    func stop() async throws { try await self.listener.close() }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: NIOLockedValueBox<String?>
        private let asked: NIOLockedValueBox<@Sendable () -> Void>

        init(_ answer: NIOLockedValueBox<String?>, _ asked: NIOLockedValueBox<@Sendable () -> Void>) {
            self.answer = answer
            self.asked = asked
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.asked.withLockedValue { $0 }()
            guard let answer = self.answer.withLockedValue({ $0 }) else { return }
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
    }
}
