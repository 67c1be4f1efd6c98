import TestSupport

/// A process of the cluster, dead or alive.
struct Member: Sendable {
    enum Role: String, Sendable, CaseIterable { case coordinator, worker, gateway, caller }

    /// `worker-2.1`: the second one that was started in the place of worker 2 is `worker-2.2`.
    var name: String
    var process: ChildProcess
    /// Whether the suite killed it.
    var wasKilled = false
}
