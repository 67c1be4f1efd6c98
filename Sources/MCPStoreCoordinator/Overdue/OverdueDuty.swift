import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers

/// Ends queued jobs that nobody can fetch and whose caller is gone, once they are past their deadline. Rotates over the
/// lanes, a bounded number a round, and over what lies in them: the cost does not grow with the number of services, nor with what is
/// queued.
actor OverdueDuty: Duty {
    static let name = "overdue"

    /// Between two rounds, in microseconds.
    private static let round = 5_000_000
    private static let lanesARound = 200
    /// Entries that are looked at in a round, shared by the lanes that hold any.
    private static let entriesARound = 10_000
    /// Entries of a lane that one call looks at.
    private static let page = 100...500

    nonisolated let alarm: Alarm
    private let office: OfficeContext
    /// The service at which the last round ended.
    private var position: ServiceID?
    /// How far lanes were looked through that are longer than one round can do.
    private var places: [LaneID: String] = [:]

    init(_ office: OfficeContext) {
        self.office = office
        alarm = Alarm(eventLoop: office.eventLoop)
    }

    nonisolated func notice(_ event: PoolEvent) {}
    nonisolated func resync() {}

    func perform() async throws(QueueError) -> Int {
        let lanes = nextLanes()
        let filled = try await filled(lanes)
        let budget = Self.entriesARound / max(filled.count, 1)
        let page = min(max(budget, Self.page.lowerBound), Self.page.upperBound)
        let (before, after) = (places, NIOLockedValueBox<[LaneID: String]>([:]))
        try await Concurrently.forEach(filled) { [office] (lane) async throws(QueueError) in
            _ = try await office.contain("end overdue jobs", lane.key) { () async throws(QueueError) in
                let sweep = OverdueSweep(office: office, lane: lane)
                let place = try await sweep.run(from: before[lane], looking: budget, page: page)
                after.withLockedValue { $0[lane] = place }
            }
        }
        // Those of services that were removed meanwhile are never asked for again.
        if places.count > Self.entriesARound { places = [:] }
        for lane in lanes { places[lane] = after.withLockedValue { $0[lane] } }
        // The first round right after the first look at the services.
        let wait = office.directory.services == nil ? 1_000_000 : Self.round
        return ServerClock.boot() + wait
    }

    private func nextLanes() -> [LaneID] {
        guard let services = office.directory.services, !services.isEmpty else { return [] }
        let count = min(Self.lanesARound / Lane.allCases.count, services.count)
        var start = 0
        if let position { start = services.firstIndex { $0.member > position.member } ?? 0 }
        let turn = (0..<count).map { services[(start + $0) % services.count] }
        position = turn.last
        return turn.flatMap { service in Lane.allCases.map { LaneID(service: service, lane: $0) } }
    }

    /// Lanes that hold anything.
    private func filled(_ lanes: [LaneID]) async throws(QueueError) -> [LaneID] {
        let lengths = await office.client.pipeline(lanes.map { RedisCommand("XLEN", $0.key) })
        var filled: [LaneID] = []
        for (lane, length) in zip(lanes, lengths) {
            switch length {
            case .success(let length): if (length.integer ?? 0) > 0 { filled.append(lane) }
            case .failure(let error) where error.code == .server:
                office.logger.log(.debug, "a lane cannot be read", [.lane: lane.key, .error: error.message])
            case .failure(let error): throw QueueError(error)
            }
        }
        return filled
    }
}
