/// The workers under one prefix, and the keys that they and their coordinators share.
///
/// Cluster processes use `mcpstore:{cluster}` (operator's credentials); an embedded store uses `{space}:pool`, so that a
/// user bound to one namespace can run one.
package struct Pool: Hashable, Sendable, CustomStringConvertible {
    /// The prefix of its keys, without the last colon.
    package let description: String

    /// The pool of the cluster processes.
    ///
    /// - Throws: ``QueueError`` (`invalidName`).
    package init(cluster: String) throws(QueueError) {
        try Name.validate(cluster, as: "cluster")
        description = "\(Name.reserved):\(cluster)"
    }

    /// The pool of the embedded stores of one space.
    package init(embeddedIn space: Space) {
        description = "\(space):pool"
    }

    /// The pool that a state document names.
    package init(prefix: String) {
        description = prefix
    }

    package var leases: String { "\(self):leases" }
    /// Workers whose lease ran out and whose jobs are not all settled yet.
    package var expired: String { "\(self):expired" }
    package var leader: String { "\(self):leader" }
    package var leaderToken: String { "\(self):leader:token" }
    package var events: String { "\(self):events" }
    package var spaces: String { "\(self):spaces" }
    package var placement: String { "\(self):placement" }
    package var keys: String { "\(self):keys" }
    /// What was said of tenants: namespace → JSON, and how often it was changed.
    package var tenants: String { "\(self):tenants" }
    /// The tokens of a tenant's limit.
    package func tenantLimit(_ namespace: String) -> String { "\(self):tenant:\(namespace):limit" }
    package func limit(_ principal: String) -> String { "\(self):limit:\(principal)" }
    package func worker(_ id: String) -> String { "\(self):worker:\(id)" }
    package func streams(_ id: String) -> String { "\(self):worker:\(id):streams" }
    package func services(_ id: String) -> String { "\(self):worker:\(id):services" }
    package func control(_ id: String) -> String { "\(self):control:\(id)" }
    package func ring(_ id: String) -> String { "\(self):ring:\(id)" }
}
