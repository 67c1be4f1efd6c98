import NIOConcurrencyHelpers
import NIOCore

/// One request that is being answered over a connection: what happens to it, in order, until its reply is there.
final class Exchange: Sendable {
    enum Event: Sendable {
        case notification(ByteBuffer)
        /// Nothing has happened for a while.
        case quiet
    }

    /// Notifications that wait to be sent; of more the oldest are dropped. A client that does not read costs no more memory.
    static let mostWaiting = 256
    /// How long a client hears nothing before it is told that there is nothing.
    static let quietTime = Duration.seconds(15)

    /// The events. Ends when the reply is there.
    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let task: Task<Reply, Never>
    private let heard = NIOLockedValueBox(ContinuousClock.now)

    /// Begins to answer.
    ///
    /// - Parameter answer: Gets what takes notifications.
    init(_ answer: @escaping @Sendable (@escaping FrontDoor.Notify) async -> Reply) {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
        self.events = events
        self.continuation = continuation
        let heard = heard
        task = Task {
            let reply = await answer { message in
                heard.withLockedValue { $0 = .now }
                continuation.yield(.notification(message))
            }
            continuation.finish()
            return reply
        }
    }

    /// The one reply.
    var reply: Reply { get async { await task.value } }

    /// Takes the request back.
    func cancel() { task.cancel() }

    /// To be called from time to time.
    func tick() {
        let isQuiet = heard.withLockedValue { heard in
            guard ContinuousClock.now - heard >= Self.quietTime else { return false }
            heard = .now
            return true
        }
        if isQuiet { continuation.yield(.quiet) }
    }
}
