import MCPStoreQueue

/// Keeps what each space did in the last hour, for plots: a point a minute. Of the cluster's pool only: nobody plots an embedded store.
actor HistoryDuty: Duty {
    static let name = "history"

    nonisolated let alarm: Alarm
    private let office: OfficeContext
    private var round = HistoryRound()
    /// The services by space, as the round began.
    private var services: [Space: [String]] = [:]

    init(_ office: OfficeContext) {
        self.office = office
        alarm = Alarm(eventLoop: office.eventLoop)
    }

    nonisolated func notice(_ event: PoolEvent) {}
    nonisolated func resync() {}

    func perform() async throws(QueueError) -> Int {
        guard office.options.spaces == nil else { return ServerClock.boot() + HistoryRound.length }
        let now = ServerClock.boot()
        if round.isOver(now: now) {
            guard let known = office.directory.services else { return now + HistoryRound.step }
            // Nothing is kept of a space without services, nor of one that goes with the stores that use it.
            services = Dictionary(grouping: known.filter { !$0.space.isAuto }, by: \.space).mapValues { $0.map(\.name) }
            round.begin(services.keys.sorted { $0.description < $1.description }, now: now)
        }
        let due = round.next().map { (space: $0, services: services[$0] ?? []) }
        try office.term.verify()
        try await Concurrently.forEach(due) { [office] (entry) async throws(QueueError) in
            var failure: QueueError?
            do throws(QueueError) {
                try await RedisHistory(entry.space, client: office.client).note(entry.services)
            } catch { failure = error }
            // A user without the right is one trouble, not one of each space.
            let isForbidden = failure?.message.contains("NOPERM") ?? false
            let result = failure
            _ = try await office.contain("keep the history", isForbidden ? "all spaces" : entry.space.description) {
                () throws(QueueError) in
                if let result { throw result }
            }
        }
        return round.wake(now: ServerClock.boot())
    }
}
