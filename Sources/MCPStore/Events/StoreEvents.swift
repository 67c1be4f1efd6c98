/// The changes of the registry from the moment it was made, as one context sees them: services, their states, and what they
/// offer. Nothing is polled; an event comes as soon as this process has read what changed.
///
///     for await event in context.events() {
///         if case .stateChanged(let service, let status, let reason) = event { print(service, status, reason) }
///     }
///
/// Changes that follow each other quickly may be told as one. At most 256 events wait to be taken; then they become one
/// ``StoreEvent/missed``. It ends when the store is closed, or the task is cancelled. Each call of ``StoreContext/events()`` makes
/// one of its own; several iterators of one share its events.
public struct StoreEvents: AsyncSequence, Sendable {
    public typealias Element = StoreEvent
    public typealias Failure = Never

    /// Ends the telling when the last one lets go of it.
    fileprivate final class Subscription: Sendable {
        let buffer: EventBuffer
        private let follower: SnapshotFollower
        private let number: Int

        init(_ follower: SnapshotFollower, _ scope: Scope, capacity: Int) {
            buffer = EventBuffer(capacity: capacity)
            self.follower = follower
            number = follower.addListener(scope, buffer)
        }

        deinit { follower.removeListener(number) }
    }

    /// Takes one event after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let subscription: Subscription

        fileprivate init(_ subscription: Subscription) { self.subscription = subscription }

        /// The next event; `nil` when there will be no more, and when the task is cancelled.
        public mutating func next() async -> StoreEvent? { await subscription.buffer.next() }

        /// The next event; `nil` when there will be no more, and when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> StoreEvent? {
            await subscription.buffer.next()
        }
    }

    private let subscription: Subscription

    init(_ follower: SnapshotFollower, _ scope: Scope, capacity: Int) {
        subscription = Subscription(follower, scope, capacity: capacity)
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription) }
}

extension StoreContext {
    /// What changes from now on: services, their states, and what they offer.
    public func events() -> StoreEvents { events(capacity: 256) }

    func events(capacity: Int) -> StoreEvents { StoreEvents(follower, scope, capacity: capacity) }
}
