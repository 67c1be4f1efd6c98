import Logging
import MCPStoreQueue
import NIOConcurrencyHelpers

/// Ends the queued jobs of removed services, and deletes what they leave once nothing of them runs.
actor BurialDuty: Duty {
    static let name = "burials"

    /// All spaces are looked at that often, in microseconds.
    private static let fullPass = 60_000_000
    /// Those where something is left are looked at that often.
    private static let retry = 1_000_000

    private nonisolated let news = NIOLockedValueBox<Set<Space>>([])
    private nonisolated let nextFullPass = NIOLockedValueBox(0)
    nonisolated let alarm: Alarm
    private let office: OfficeContext
    /// Spaces in which a removed service still has running jobs.
    private var remaining: Set<Space> = []

    init(_ office: OfficeContext) {
        self.office = office
        alarm = Alarm(eventLoop: office.eventLoop)
    }

    nonisolated func notice(_ event: PoolEvent) {
        guard case .serviceChanged(let service, _) = event else { return }
        news.withLockedValue { _ = $0.insert(service.space) }
        alarm.ring()
    }

    nonisolated func resync() {
        nextFullPass.withLockedValue { $0 = 0 }
    }

    func perform() async throws(QueueError) -> Int {
        let began = ServerClock.boot()
        var spaces = remaining.union(
            news.withLockedValue { news in
                defer { news = [] }
                return news
            }
        )
        let isFull = nextFullPass.withLockedValue { next in
            defer { if began >= next { next = began + Self.fullPass } }
            return began >= next
        }
        if isFull { spaces.formUnion(try await office.spaces()) }
        let left = NIOLockedValueBox<Set<Space>>([])
        try await Concurrently.forEach(spaces) { [office] (space) async throws(QueueError) in
            _ = try await office.contain("bury removed services", space.description) { () async throws(QueueError) in
                if try await Self.bury(space, office) { left.withLockedValue { _ = $0.insert(space) } }
            }
        }
        remaining = left.withLockedValue { $0 }
        let limit = nextFullPass.withLockedValue { $0 }
        return remaining.isEmpty ? limit : min(ServerClock.boot() + Self.retry, limit)
    }

    /// - Returns: Whether something is left.
    private static func bury(_ space: Space, _ office: OfficeContext) async throws(QueueError) -> Bool {
        var isLeft = false
        for (name, toolKeys) in try await office.recovery.removedServices(space) {
            try office.term.verify()
            let service = ServiceID(space: space, name: name)
            if try await office.recovery.bury(service, toolKeys: toolKeys) {
                office.logger.log(.debug, "nothing is left of a removed service", [.service: service.description])
            } else {
                isLeft = true
            }
        }
        return isLeft
    }
}
