/// Which server process a connection reached.
package struct RedisServerIdentity: Sendable, Hashable {
    /// The server's `run_id`: another one after a restart or failover. `nil` where an ACL refuses `INFO`.
    package var runID: String?
    /// The connection's `CLIENT ID`, for `CLIENT KILL ID`. `nil` where an ACL refuses it.
    package var clientID: Int?
    /// 1 for the first connection of a client object, then one more for each.
    package var generation: Int

    /// Makes an identity.
    package init(runID: String?, clientID: Int?, generation: Int) {
        self.runID = runID
        self.clientID = clientID
        self.generation = generation
    }
}

/// What happens to a client's connection. Delivered on its event loop, in order.
package enum RedisClientEvent: Sendable {
    /// A connection is ready: authenticated, named, database selected. Delivered before any waiting command is written.
    case connected(RedisServerIdentity)
    /// A connection that was ready has ended. Failed attempts to connect are not events; they are logged.
    case disconnected(RedisError)
}
