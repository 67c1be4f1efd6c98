import MCPStoreQueue

/// How a coordinator takes part in its pool.
package struct CoordinatorOptions: Sendable {
    package var pool: Pool
    /// How long a silent leader keeps its office; renewed every third of it.
    package var lease: Duration
    /// How long a silent worker keeps its lease: also how long a new leader waits before it takes any worker for dead.
    package var workerLease: Duration
    /// With that many dead workers a job is taken for what killed them.
    package var maxDeaths: Int
    /// The spaces of the pool, where they are known beforehand; `nil`: those that announced themselves.
    package var spaces: [Space]?
    /// Whether the leases of workers and leaders whose process is provably gone are over at once. Worth the look where they
    /// mostly live on one machine.
    package var looksForProcesses: Bool

    package init(
        pool: Pool,
        lease: Duration = .seconds(9),
        workerLease: Duration = .seconds(9),
        maxDeaths: Int = 3,
        spaces: [Space]? = nil,
        looksForProcesses: Bool = false
    ) {
        precondition(lease > .zero && workerLease > .zero && maxDeaths > 0, "leases and the number of deaths are more than 0")
        self.pool = pool
        self.lease = lease
        self.workerLease = workerLease
        self.maxDeaths = maxDeaths
        self.spaces = spaces
        self.looksForProcesses = looksForProcesses
    }

    var leaseMicroseconds: Int { lease.microseconds }
    var workerLeaseMicroseconds: Int { workerLease.microseconds }
}
