/// How many replicas must confirm a write, and for how long that is waited for: the arguments of `WAIT`.
package struct ReplicaWait: Sendable, Hashable {
    /// The number of replicas; from 1 to 100.
    package let replicas: Int
    /// How long one `WAIT` may block its connection; at most a minute.
    package let timeout: Duration

    /// Makes a wait.
    package init(replicas: Int, timeout: Duration) {
        self.replicas = replicas
        self.timeout = timeout
    }

    /// The timeout in milliseconds, at least 1: for Redis, 0 means "for ever".
    package var milliseconds: Int { max(Int(self.timeout / .milliseconds(1)), 1) }
}
