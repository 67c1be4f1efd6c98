/// How a worker takes part in its pool.
package struct WorkerOptions: Sendable {
    package var pool: Pool
    package var spaces: [SpacePattern]
    package var labels: [String: String]
    /// Jobs that it runs at the same time.
    package var slots: Int
    /// How long it may be silent before it is taken for dead. Renewed every third of it.
    package var lease: Duration

    package init(
        pool: Pool,
        spaces: [SpacePattern] = [.all],
        labels: [String: String] = [:],
        slots: Int = 128,
        lease: Duration = .seconds(9)
    ) {
        self.pool = pool
        self.spaces = spaces
        self.labels = labels
        self.slots = max(slots, 2)
        self.lease = lease
    }

    /// The lease in milliseconds.
    package var leaseMilliseconds: Int { Int(lease / .milliseconds(1)) }
}
