/// The worker's side of a queue: fetching, settling, and the lease under which a worker runs. Redis and memory implement it.
///
/// Everything is called, and calls back, on the worker's event loop.
package protocol WorkQueue: Sendable {
    /// Registers the worker and begins to fetch for the services that are opened.
    func start(_ handlers: WorkQueueHandlers) async throws(QueueError)
    /// Fetches jobs of a service from now on, at most `limit` at a time.
    func open(_ service: ServiceID, limit: Int) async
    /// Fetches no more jobs of a service: its session is not healthy, or it was taken away.
    func close(_ service: ServiceID) async
    /// Ends or moves a job that was delivered, and frees its slot.
    func settle(_ settlement: Settlement, freesSlot: Bool)
    /// Reports progress of a running job to its caller.
    func report(_ progress: Progress)
    /// Whether a job may be started now: the lease was confirmed lately enough.
    var hasLease: Bool { get }
    /// Stops fetching. What is running goes on.
    func drain() async
    /// Waits until what was settled is confirmed, then leaves the pool.
    func stop() async
}
