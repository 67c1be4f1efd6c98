import NIOConcurrencyHelpers
import NIOCore

/// Brings a task's cancellation, which may come before the command is queued, together with the command's id, which is
/// known only after that.
final class CommandCancellation: Sendable {
    private struct State {
        var ids: Range<UInt64>?
        var isCancelled = false
    }

    private let state = NIOLockedValueBox(State())
    private let client: RedisClient

    init(_ client: RedisClient) {
        self.client = client
    }

    /// The commands are queued under these ids.
    func arm(_ ids: Range<UInt64>) {
        let isCancelled = self.state.withLockedValue { state in
            state.ids = ids
            return state.isCancelled
        }
        if isCancelled { self.giveUp(ids) }
    }

    /// The task is cancelled.
    func cancel() {
        let ids = self.state.withLockedValue { state in
            state.isCancelled = true
            return state.ids
        }
        if let ids { self.giveUp(ids) }
    }

    /// On the event loop, because that is where commands are found after they have left the inbox.
    private func giveUp(_ ids: Range<UInt64>) {
        let client = self.client
        client.eventLoop.execute { client.core.value.cancel(ids: ids) }
    }
}
