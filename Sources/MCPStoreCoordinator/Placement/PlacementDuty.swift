import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers

/// Places the services of the pool on its workers.
actor PlacementDuty: Duty {
    static let name = "placement"

    /// Everything is read anew that often, whatever events say; in microseconds.
    private static let fullPass = 60_000_000
    /// With more changed services than that, all are read.
    private static let manyServices = 1000

    /// What happened since the last pass. A burst of events is one pass.
    private struct News {
        var everything = true
        var workers = false
        var services: Set<ServiceID> = []
        var preferences: [ServiceID: String] = [:]
    }

    private struct Known {
        enum Wish {
            case placed(PlacementRequest)
            /// Another pool hosts it.
            case elsewhere
            /// What cannot be read is not what was asked for: it stays where it is.
            case unreadable
        }

        var version: Int
        var wish: Wish

        var request: PlacementRequest? {
            if case .placed(let request) = wish { request } else { nil }
        }
        var isUnreadable: Bool {
            if case .unreadable = wish { true } else { false }
        }
    }

    nonisolated let alarm: Alarm
    private nonisolated let news = NIOLockedValueBox(News())
    private let office: OfficeContext
    private var known: [ServiceID: Known] = [:]
    /// Spaces whose services could not be read: what was placed there stays where it is.
    private var unreadSpaces: Set<Space> = []
    private var workers: [WorkerRecord] = []
    /// The embedded stores that services were added by, which have not been placed yet.
    private var preferences: [ServiceID: String] = [:]
    private var placement: [ServiceID: [String]] = [:]
    private var nextFullPass = 0

    init(_ office: OfficeContext) {
        self.office = office
        alarm = Alarm(eventLoop: office.eventLoop)
    }

    nonisolated func notice(_ event: PoolEvent) {
        switch event {
        case .workerJoined, .workerLeft: workersChanged()
        case .serviceChanged(let service, let preferred):
            news.withLockedValue { news in
                if let preferred, news.preferences.count < Self.manyServices { news.preferences[service] = preferred }
                if news.services.count < Self.manyServices { news.services.insert(service) } else { news.everything = true }
            }
            alarm.ring()
        case .delayed: break
        }
    }

    nonisolated func workersChanged() {
        news.withLockedValue { $0.workers = true }
        alarm.ring()
    }

    nonisolated func resync() {
        news.withLockedValue { $0.everything = true }
    }

    func perform() async throws(QueueError) -> Int {
        let news = self.news.withLockedValue { news in
            defer { news = News(everything: false) }
            return news
        }
        let now = ServerClock.boot()
        let isFull = news.everything || now >= nextFullPass
        if isFull {
            try await readEverything()
        } else {
            try await read(news.services)
        }
        // Also without news: a worker that begins to drain says so with its lease, and events may have been missed.
        let isServicesOnly = !isFull && !news.workers && !news.services.isEmpty
        let hadWorkers = workers
        if !isServicesOnly { workers = try await office.pool.workers() }
        let plansAll = isFull || Self.placed(workers) != Self.placed(hadWorkers)
        preferences.merge(news.preferences) { $1 }
        try await write(plan(all: plansAll, news.services, balances: isFull && !news.everything))
        if isFull { nextFullPass = now + Self.fullPass }
        preferences = preferences.filter { known[$0.key]?.request != nil && placement[$0.key] == nil }
        publishDirectory()
        return min(now + office.options.workerLeaseMicroseconds / 3, nextFullPass)
    }

    // MARK: Reading

    private func readEverything() async throws(QueueError) {
        let spaces = try await office.spaces()
        let read = NIOLockedValueBox<[ServiceID: ServiceDocument]>([:])
        let unread = NIOLockedValueBox<Set<Space>>([])
        try await Concurrently.forEach(spaces) { [office] (space) async throws(QueueError) in
            let isDone = try await office.contain("read the services of a space", space.description) {
                () async throws(QueueError) in
                let documents = try await office.registry(space).services()
                read.withLockedValue { read in
                    for document in documents { read[ServiceID(space: space, name: document.name)] = document }
                }
            }
            if !isDone { unread.withLockedValue { _ = $0.insert(space) } }
        }
        unreadSpaces = unread.withLockedValue { $0 }
        let documents = read.withLockedValue { $0 }
        known = known.filter { documents[$0.key] != nil || unreadSpaces.contains($0.key.space) }
        for (service, document) in documents { learn(service, document) }
        placement = try await office.pool.placement()
    }

    private func read(_ services: Set<ServiceID>) async throws(QueueError) {
        guard !services.isEmpty else { return }
        let read = NIOLockedValueBox<[ServiceID: ServiceDocument]>([:])
        let failed = NIOLockedValueBox<Set<ServiceID>>([])
        try await Concurrently.forEach(services) { [office] (service) async throws(QueueError) in
            let isDone = try await office.contain("read a service", service.description) { () async throws(QueueError) in
                let document = try await office.registry(service.space).service(service.name)
                read.withLockedValue { $0[service] = document }
            }
            if !isDone { failed.withLockedValue { _ = $0.insert(service) } }
        }
        let documents = read.withLockedValue { $0 }
        let unread = failed.withLockedValue { $0 }
        for service in services.subtracting(unread) {
            if let document = documents[service] { learn(service, document) } else { known[service] = nil }
        }
        for service in unread where known[service] == nil {
            // It stays where it is, until it can be read.
            known[service] = Known(version: 0, wish: .unreadable)
        }
    }

    private func learn(_ service: ServiceID, _ document: ServiceDocument) {
        if let present = known[service], present.version == document.version { return }
        do {
            let settings = try PlacementSettings(document.configuration)
            let belongs = settings.belongs(to: office.options.pool)
            known[service] = Known(version: document.version, wish: belongs ? .placed(settings.request(service)) : .elsewhere)
        } catch {
            known[service] = Known(version: document.version, wish: .unreadable)
            office.logger.log(
                .warning,
                "the configuration of a service cannot be read (is it JSON, are replicas a number and labels strings?): it is not placed anew",
                [.service: service.description]
            )
        }
    }

    // MARK: Planning and writing

    private func plan(all: Bool, _ services: Set<ServiceID>, balances: Bool) -> [PlacementChange] {
        var planner = PlacementPlanner(workers: workers, placement: placement)
        if !preferences.isEmpty {
            let stores = Dictionary(workers.compactMap { worker in worker.labels[WorkerRecord.storeLabel].map { ($0, worker.id) } }) { $1 }
            planner.preferences = preferences.compactMapValues { stores[$0] }
        }
        if !all {
            let requests = services.compactMap { known[$0]?.request }
            let removed = services.filter(isRemoved).sorted { $0.member < $1.member }
            return planner.plan(requests, removed: removed)
        }
        let requests = known.values.compactMap(\.request)
        let removed = placement.keys.filter(isRemoved).sorted { $0.member < $1.member }
        let changes = planner.plan(requests, removed: removed)
        guard balances, changes.isEmpty else { return changes }
        // Only in quiet times, and a few a minute.
        return planner.balance(requests, atMost: max(requests.count / 50, 1))
    }

    private func isRemoved(_ service: ServiceID) -> Bool {
        guard let known = known[service] else { return !unreadSpaces.contains(service.space) }
        return known.request == nil && !known.isUnreadable
    }

    private func write(_ changes: [PlacementChange]) async throws(QueueError) {
        guard !changes.isEmpty else { return }
        let written = NIOLockedValueBox<[PlacementChange]>([])
        defer {
            for change in written.withLockedValue({ $0 }) {
                placement[change.service] = change.hosts.isEmpty ? nil : change.hosts
            }
            log(written.withLockedValue { $0 })
        }
        try await Concurrently.forEach(changes) { [office] (change) async throws(QueueError) in
            try office.term.verify()
            let holds = try await office.pool.place(
                change.service,
                on: change.hosts,
                gained: change.gained,
                lost: change.lost,
                leadership: office.term.leadership
            )
            guard holds else {
                office.term.end()
                throw QueueError(.stopped, "another coordinator leads")
            }
            written.withLockedValue { $0.append(change) }
        }
    }

    private func log(_ changes: [PlacementChange]) {
        guard !changes.isEmpty else { return }
        let isFew = changes.count <= 20
        for change in changes {
            office.logger.log(
                isFew ? .info : .debug,
                "a service was placed",
                [
                    .service: change.service.description, .workers: change.hosts.joined(separator: " "),
                    .gained: change.gained.joined(separator: " "), .lost: change.lost.joined(separator: " "),
                ]
            )
        }
        if !isFew { office.logger.log(.info, "services were placed", [.services: String(changes.count)]) }
    }

    private func publishDirectory() {
        let services = known.filter { $0.value.request != nil || $0.value.isUnreadable }.keys.sorted { $0.member < $1.member }
        office.directory.update(services: services, hosts: placement)
    }

    /// What of workers decides where services go.
    private static func placed(_ workers: [WorkerRecord]) -> [WorkerRecord] {
        workers.map { worker in
            var worker = worker
            worker.running = 0
            return worker
        }
    }
}
