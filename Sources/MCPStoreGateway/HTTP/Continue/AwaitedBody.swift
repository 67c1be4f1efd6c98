import HummingbirdCore
import NIOCore

/// A body that its client sends when it is told that it is wanted.
struct AwaitedBody: AsyncSequence, Sendable {
    let body: RequestBody
    let channel: any Channel

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var pieces: RequestBody.AsyncIterator
        fileprivate var channel: (any Channel)?

        @concurrent mutating func next() async throws -> ByteBuffer? {
            channel.take()?.triggerUserOutboundEvent(ContinueHandler.BodyIsWanted(), promise: nil)
            return try await pieces.next()
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: body.makeAsyncIterator(), channel: channel) }
}
