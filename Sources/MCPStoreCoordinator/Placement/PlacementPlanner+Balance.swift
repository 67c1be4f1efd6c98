import MCPStoreQueue

extension PlacementPlanner {
    /// Moves a few services where the load is very uneven: off a worker with more than twice the mean, and onto one that has
    /// next to nothing, as the last worker of a rolling restart would otherwise for ever.
    ///
    /// - Parameters:
    ///   - requests: The services that may move.
    ///   - most: How many services move at most, one replica of each.
    mutating func balance(_ requests: [PlacementRequest], atMost most: Int) -> [PlacementChange] {
        guard active.count > 1 else { return [] }
        let mean = Double(loads.values.reduce(0, +)) / Double(active.count)
        let isUneven = active.contains { isHeavy($0, mean) || isIdle($0, mean) }
        guard isUneven else { return [] }
        var changes: [PlacementChange] = []
        for request in requests.sorted(by: { $0.service.member < $1.service.member }) where changes.count < most {
            let name = request.service.member
            guard let hosts = placement[request.service],
                let from = hosts.max(by: { load($0) < load($1) }),
                let to = eligibility.workers(for: request).subtracting(hosts)
                    .min(by: { load($0) == load($1) ? Rendezvous.prefers(name, $0, over: $1) : load($0) < load($1) }),
                load(from) - load(to) >= 2,
                isHeavy(from, mean) || (isIdle(to, mean) && Double(load(from)) > mean && Rendezvous.prefers(name, to, over: from))
            else { continue }
            let moved = hosts.map { $0 == from ? to : $0 }
            set(request.service, moved)
            if let change = PlacementChange(request.service, from: hosts, to: moved) { changes.append(change) }
        }
        return changes
    }

    private func load(_ worker: String) -> Int { loads[worker] ?? 0 }

    private func isHeavy(_ worker: String, _ mean: Double) -> Bool { Double(load(worker)) > max(2 * mean, 1) }

    private func isIdle(_ worker: String, _ mean: Double) -> Bool { Double(load(worker)) <= mean / 4 }
}
