import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers

/// Ends queued jobs that nobody can fetch and whose caller is gone, once they are past their deadline. Rotates over the
/// lanes, a bounded number a round: the cost does not grow with the number of services.
actor OverdueDuty: Duty {
    static let name = "overdue"

    /// Between two rounds, in microseconds.
    private static let round = 5_000_000
    private static let lanesARound = 200
    private static let page = 100

    nonisolated let alarm: Alarm
    private let office: OfficeContext
    /// The service at which the last round ended.
    private var position: ServiceID?

    init(_ office: OfficeContext) {
        self.office = office
        alarm = Alarm(eventLoop: office.eventLoop)
    }

    nonisolated func notice(_ event: PoolEvent) {}
    nonisolated func resync() {}

    func perform() async throws(QueueError) -> Int {
        let lanes = nextLanes()
        let filled = try await filled(lanes)
        try await Concurrently.forEach(filled) { [office] (lane) async throws(QueueError) in
            _ = try await office.contain("end overdue jobs", lane.key) { () async throws(QueueError) in
                try await OverdueSweep(office: office, lane: lane).run(page: Self.page)
            }
        }
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
