import MCPStoreQueue

/// Which workers may host services of one space that ask for the same labels. Worked out once for all of them.
struct Eligibility: Sendable {
    private struct Key: Hashable {
        var space: Space
        var labels: [String: String]
    }

    private let workers: [WorkerRecord]
    private var known: [Key: Set<String>] = [:]

    init(_ workers: [WorkerRecord]) {
        self.workers = workers
    }

    /// The ids of the workers that may host it.
    mutating func workers(for request: PlacementRequest) -> Set<String> {
        let key = Key(space: request.service.space, labels: request.labels)
        if let ids = known[key] { return ids }
        let ids = Set(workers.filter(request.accepts).map(\.id))
        known[key] = ids
        return ids
    }
}
