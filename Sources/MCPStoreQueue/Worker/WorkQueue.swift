/// The worker's side of a queue: fetching, settling, and the lease under which a worker runs. Redis and memory implement it.
///
/// Handlers are called on the worker's event loop, on which `settle`, `report` and the properties that are not async are
/// meant to be used.
package protocol WorkQueue: Sendable {
    /// Runs what the queue needs to run, such as its connections, until the task is cancelled.
    func run() async
    /// Registers the worker and begins to fetch for the services that are opened.
    func start(_ handlers: WorkQueueHandlers) async throws(QueueError)
    /// Fetches jobs of a service from now on, at most `limit` at a time, and within what it may use over the whole cluster.
    func open(_ service: ServiceID, limit: Int, limits: ServiceLimits) async
    /// Fetches no more jobs of a service: its session is not healthy, or it was taken away.
    func close(_ service: ServiceID) async
    /// Ends or moves a job that was delivered, and frees its slot.
    func settle(_ settlement: Settlement)
    /// A job that was delivered waits for the answer of another one, or has it already: until it is settled it takes no slot, and nothing
    /// of what its service may use over the whole cluster.
    func park(_ delivery: Delivery)
    /// Reports progress of a running job to its caller.
    func report(_ progress: Progress)
    /// Stops fetching. What is running goes on.
    func drain() async
    /// Stops fetching and says so to the pool, or begins anew with the services that are open. What is running goes on.
    func rest(_ rests: Bool) async
    /// Waits until what was settled is confirmed, then leaves the pool.
    func stop() async

    /// The present registration's id; empty before the first.
    var workerID: String { get }
    /// The clock by which deadlines of the jobs of a queue are counted.
    func clock(of origin: EntryID.Origin) -> ServerClock
    /// Whether a job of a queue may be started now: the lease was confirmed lately enough.
    func hasLease(of origin: EntryID.Origin) -> Bool
    /// Whether it really consumes (invariant I8).
    var isReady: Bool { get async }
    /// Jobs that it has now: delivered and not settled by the worker yet.
    var running: Int { get async }
    /// Whether every open lane is watched whenever the worker is idle; otherwise submitters must ring.
    var watchesAll: Bool { get async }

    /// The registry in which the services of a space lie.
    func registry(of space: Space) -> any Registry
    /// The services that are placed on this worker.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    func placedServices() async throws(QueueError) -> [ServiceID]
    /// Follows the configurations of a space from now on; `onChange` is called on the event loop with each service whose
    /// configuration was written, `onBrake` with each whose ``ServiceBrake`` was put on or taken off, `onPins` with each of whose tools
    /// something was approved, `nil` for all of the space.
    func follow(
        _ space: Space,
        onChange: @escaping @Sendable (ServiceID) -> Void,
        onBrake: @escaping @Sendable (ServiceID) -> Void,
        onPins: @escaping @Sendable (String?) -> Void
    )
}

extension WorkQueue {
    /// Without limits over the whole cluster.
    package func open(_ service: ServiceID, limit: Int) async { await open(service, limit: limit, limits: .none) }

    /// A queue of one process has nobody else who could take over.
    package func rest(_ rests: Bool) async {}

    package func follow(_ space: Space, onChange: @escaping @Sendable (ServiceID) -> Void) {
        follow(space, onChange: onChange, onBrake: { _ in }, onPins: { _ in })
    }
}
