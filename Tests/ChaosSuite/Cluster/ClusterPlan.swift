/// What a run is made of.
struct ClusterPlan: Sendable {
    /// A service: `toolserver` over stdio.
    struct Service: Sendable {
        var name: String
        var replicas: Int
        var concurrency: Int
        /// How its server breaks the rules, in ways that no caller may notice.
        var manners: [String] = []
    }

    var seed: UInt64
    var coordinators = 2
    var workers = 3
    var gateways = 2
    var callers = 4
    /// So many of the callers, the last ones, call through the gateways.
    var callersOfGateways = 1
    /// Of workers and coordinators, in seconds.
    var lease = 3
    /// Calls at the same time of each caller.
    var concurrency = 24
    /// Calls of each caller, in all.
    var calls: Int?
    /// Calls a second of each caller.
    var rate: Double?
    var appendfsync = "always"
    /// The names of the faults that may happen: what they need is made beforehand.
    var faults: Set<String> = []
    var services = [
        Service(name: "everywhere", replicas: 3, concurrency: 16, manners: ["--garbage", "--late-answer"]),
        Service(name: "twice", replicas: 2, concurrency: 16, manners: ["--double-answer", "--spawn-grandchild"]),
        Service(name: "once", replicas: 1, concurrency: 16, manners: ["--flood", "20", "--ignore-term"]),
    ]

    /// Whether the caller in a slot calls through the gateways.
    func usesGateways(_ caller: Int) -> Bool { caller >= callers - callersOfGateways }

    let namespace = "chaos"
    var space: String { "\(namespace):default" }
    let pool = "mcpstore:default"
}
