import MCPStoreQueue

/// Decides which workers host which services: a state machine without I/O. The same input gives the same plan everywhere.
///
/// Present hosts that are still eligible are kept, whatever the hash says: moving a service costs its session. Missing
/// replicas go to the eligible workers that the service ranks first, passing over those that have more than their share.
struct PlacementPlanner: Sendable {
    /// A worker takes no further service beyond that multiple of the mean, as long as another can.
    private static let share = 1.25

    /// Workers that take services at all.
    let active: [String]
    private(set) var placement: [ServiceID: [String]]
    /// Services by worker.
    private(set) var loads: [String: Int]
    var eligibility: Eligibility
    /// Workers that are to have services which nobody has yet.
    var preferences: [ServiceID: String] = [:]

    /// - Parameter placement: Who hosts what now; may name workers that are gone.
    init(workers: [WorkerRecord], placement: [ServiceID: [String]]) {
        self.placement = placement
        active = workers.filter { !$0.isDraining }.map(\.id)
        eligibility = Eligibility(workers)
        loads = Dictionary(workers.map { ($0.id, 0) }, uniquingKeysWith: { first, _ in first })
        for host in placement.values.joined() { loads[host]? += 1 }
    }

    /// Plans services.
    ///
    /// - Parameters:
    ///   - requests: Services to place: all, or those that changed.
    ///   - removed: Services that are to be placed nowhere.
    /// - Returns: What changes, services in order of their names.
    mutating func plan(_ requests: [PlacementRequest], removed: [ServiceID] = []) -> [PlacementChange] {
        let before = placement
        for service in removed { set(service, []) }
        // First everybody keeps what he keeps, so that the loads are those of afterwards.
        let sorted = requests.sorted { $0.service.member < $1.service.member }
        var lacking: [(request: PlacementRequest, count: Int)] = []
        for request in sorted {
            let eligible = eligibility.workers(for: request)
            let wanted = min(request.replicas, eligible.count)
            let kept = keep(request.service, eligible, wanted)
            if kept.count < wanted { lacking.append((request, wanted - kept.count)) }
            if kept != placement[request.service] ?? [] { set(request.service, kept) }
        }
        let limit = limit(adding: lacking.reduce(0) { $0 + $1.count })
        for (request, count) in lacking {
            let hosts = placement[request.service] ?? []
            let candidates = eligibility.workers(for: request).subtracting(hosts)
            var chosen: [String] = []
            if hosts.isEmpty, let preferred = preferences[request.service], candidates.contains(preferred) { chosen = [preferred] }
            let others = candidates.subtracting(chosen)
            chosen += choose(count - chosen.count, for: request.service.member, from: others, limit)
            set(request.service, hosts + chosen)
        }
        return (removed + sorted.map(\.service)).compactMap { service in
            PlacementChange(service, from: before[service], to: placement[service] ?? [])
        }
    }

    /// Present hosts that stay, in their order; with too many of them those that the service ranks last go.
    private func keep(_ service: ServiceID, _ eligible: Set<String>, _ wanted: Int) -> [String] {
        let present = (placement[service] ?? []).filter(eligible.contains)
        guard present.count > wanted else { return present }
        let name = service.member
        let best = Set(present.sorted { Rendezvous.prefers(name, $0, over: $1) }.prefix(wanted))
        return present.filter(best.contains)
    }

    private func limit(adding count: Int) -> Int {
        guard !active.isEmpty else { return 0 }
        let total = loads.values.reduce(count, +)
        return Int((Double(total) / Double(active.count) * Self.share).rounded(.up))
    }

    private func choose(_ count: Int, for service: String, from candidates: Set<String>, _ limit: Int) -> [String] {
        var ranked = candidates.map { (id: $0, score: Rendezvous.score(service, $0), load: loads[$0] ?? 0) }
        // Those with room by rank; then, where all have their share, those with the least.
        ranked.sort { a, b in
            let (aIsFull, bIsFull) = (a.load >= limit, b.load >= limit)
            if aIsFull != bIsFull { return bIsFull }
            if aIsFull, a.load != b.load { return a.load < b.load }
            return a.score == b.score ? a.id < b.id : a.score > b.score
        }
        return ranked.prefix(count).map(\.id)
    }

    mutating func set(_ service: ServiceID, _ hosts: [String]) {
        for host in placement[service] ?? [] { loads[host]? -= 1 }
        for host in hosts { loads[host]? += 1 }
        placement[service] = hosts.isEmpty ? nil : hosts
    }
}
