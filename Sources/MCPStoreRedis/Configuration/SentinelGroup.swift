/// Sentinels that watch one master, and how to log in to them.
struct SentinelGroup: Sendable, Hashable, CustomStringConvertible {
    /// Where they listen, in the order of the URL; at least one.
    let sentinels: [RedisEndpoint]
    /// The name under which they know the master.
    let master: String
    /// The user that logs in to the Sentinels; `nil` for the default one. Not the user of the master.
    let user: String?
    /// The password of the Sentinels; `nil` where they ask for none. Not the password of the master.
    let password: String?

    /// `host:port,host:port/master`. No secrets.
    var description: String { "\(self.sentinels.map(\.description).joined(separator: ","))/\(self.master)" }
}
