import MCPStoreQueue

/// What goes on in a space and among the workers behind it.
public struct StoreStatus: Sendable {
    /// The space: `namespace:dataspace`.
    public let space: String
    /// The workers of the cluster, whatever spaces they serve.
    public let workers: [WorkerInfo]
    /// The leading coordinator; `nil` where none leads: running work goes on, but nothing is placed or recovered.
    public let coordinator: String?
    /// The services of the space, in the order of their names.
    public let services: [ServiceInfo]
    /// The lanes of the services in which something is queued or running.
    public let lanes: [LaneInfo]

    /// A worker of the cluster.
    public struct WorkerInfo: Sendable, Hashable {
        /// Its id; a new one for every registration.
        public let id: String
        /// The machine that it runs on.
        public let host: String
        /// Its process id there.
        public let process: Int
        /// Its version.
        public let version: String
        /// The patterns of spaces that it serves.
        public let spaces: [String]
        /// Its labels.
        public let labels: [String: String]
        /// Jobs that it can run at the same time.
        public let slots: Int
        /// Jobs that it ran when it last said so.
        public let running: Int
        /// Whether it takes no new jobs because it is about to leave.
        public let isDraining: Bool
    }

    /// One lane of a service.
    public struct LaneInfo: Sendable, Hashable {
        /// The service.
        public let service: String
        /// `interactive` or `batch`.
        public let lane: String
        /// Jobs that wait for a worker.
        public let queued: Int
        /// Jobs that a worker has.
        public let running: Int
        /// How long the oldest queued job has been waiting.
        public let oldestWait: Duration?
    }

    init(space: Space, services: [ServiceInfo], _ status: BackendStatus) {
        let names = Dictionary(services.map { ($0.storedName, $0.name) }) { first, _ in first }
        self.space = space.description
        self.services = services
        coordinator = status.coordinator
        workers = status.workers.map { worker in
            WorkerInfo(
                id: worker.id,
                host: worker.host,
                process: worker.process,
                version: worker.version,
                spaces: worker.spaces.map(\.description),
                labels: worker.labels,
                slots: worker.slots,
                running: worker.running,
                isDraining: worker.isDraining
            )
        }
        lanes = status.lanes.filter { $0.length > 0 }.map { depth in
            LaneInfo(
                service: names[depth.lane.service.name] ?? depth.lane.service.name,
                lane: depth.lane.lane.rawValue,
                queued: depth.queued,
                running: depth.running,
                oldestWait: depth.oldestWait.map { .microseconds($0) }
            )
        }
    }
}

extension StoreContext {
    /// What goes on: workers, coordinator, services, queued and running jobs.
    ///
    /// - Parameter includingAgents: Also of the services of all agents, under their stored names; in the store's context only.
    /// - Throws: ``MCPStoreError`` (`redis`).
    public func status(includingAgents: Bool = false) async throws(MCPStoreError) -> StoreStatus {
        let services = try await listServices(includingAgents: includingAgents)
        let status = try await storeErrors { () throws(QueueError) in
            try await backend.status(of: services.map(\.storedName))
        }
        return StoreStatus(space: backend.space, services: services, status)
    }
}
