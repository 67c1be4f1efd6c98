import MCPStoreQueue

/// What placement has to know of a service.
struct PlacementRequest: Sendable, Equatable {
    var service: ServiceID
    /// Workers that shall host it at the same time.
    var replicas = 1
    /// Labels that a worker must have.
    var labels: [String: String] = [:]

    func accepts(_ worker: WorkerRecord) -> Bool {
        !worker.isDraining && worker.spaces.contains { $0.matches(service.space) }
            && labels.allSatisfy { worker.labels[$0.key] == $0.value }
    }
}
