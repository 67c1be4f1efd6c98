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

    package init(pool: Pool, lease: Duration = .seconds(9), workerLease: Duration = .seconds(9), maxDeaths: Int = 3) {
        precondition(lease > .zero && workerLease > .zero && maxDeaths > 0, "leases and the number of deaths are more than 0")
        self.pool = pool
        self.lease = lease
        self.workerLease = workerLease
        self.maxDeaths = maxDeaths
    }

    var leaseMicroseconds: Int { lease.microseconds }
    var workerLeaseMicroseconds: Int { workerLease.microseconds }
}
