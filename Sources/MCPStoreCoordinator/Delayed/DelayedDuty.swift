import MCPStoreQueue
import NIOConcurrencyHelpers

/// Puts delayed jobs back into their lanes when they are due by Redis' clock.
actor DelayedDuty: Duty {
    static let name = "delayed"

    /// All spaces are looked at that often, in microseconds.
    private static let fullPass = 60_000_000

    /// After how long a space is tried again whose jobs could not be promoted, in milliseconds.
    private static let retry = 5000

    /// Spaces with a job that was delayed since the last pass, and when the first is due.
    private nonisolated let news = NIOLockedValueBox<[Space: Int]>([:])
    nonisolated let alarm: Alarm
    private let office: OfficeContext
    /// When the next job of a space is due, in milliseconds by Redis' clock.
    private var due: [Space: Int] = [:]
    private nonisolated let nextFullPass = NIOLockedValueBox(0)

    init(_ office: OfficeContext) {
        self.office = office
        alarm = Alarm(eventLoop: office.eventLoop)
    }

    nonisolated func notice(_ event: PoolEvent) {
        guard case .delayed(let space, let time) = event else { return }
        news.withLockedValue { $0[space] = min($0[space] ?? time, time) }
        alarm.ring()
    }

    nonisolated func resync() {
        nextFullPass.withLockedValue { $0 = 0 }
    }

    func perform() async throws(QueueError) -> Int {
        for (space, time) in news.withLockedValue({ $0.takeAll() }) { due[space] = min(due[space] ?? time, time) }
        let began = ServerClock.boot()
        let isFull = nextFullPass.withLockedValue { next in
            defer { if began >= next { next = began + Self.fullPass } }
            return began >= next
        }
        let now = office.clock.now() / 1000
        let spaces = isFull ? try await office.spaces() : due.filter { $0.value <= now }.map(\.key)
        let next = NIOLockedValueBox<[Space: Int]>([:])
        try await Concurrently.forEach(spaces) { [office] (space) async throws(QueueError) in
            let isDone = try await office.contain("promote delayed jobs", space.description) { () async throws(QueueError) in
                let time = try await DelayedPromotion(office: office, space: space).run()
                next.withLockedValue { $0[space] = time }
            }
            if !isDone { next.withLockedValue { $0[space] = office.clock.now() / 1000 + Self.retry } }
        }
        let results = next.withLockedValue { $0 }
        for space in spaces { due[space] = results[space] }
        return nextPass()
    }

    private func nextPass() -> Int {
        let limit = nextFullPass.withLockedValue { $0 }
        guard let first = due.values.min() else { return limit }
        // A millisecond more, so that it is due by then.
        let wait = max((first + 1) * 1000 - office.clock.now(), 0)
        return min(ServerClock.boot() + wait, limit)
    }
}

extension Dictionary {
    /// Empties it.
    fileprivate mutating func takeAll() -> Self {
        defer { self = [:] }
        return self
    }
}
