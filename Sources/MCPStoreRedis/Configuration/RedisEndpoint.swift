import NIOCore

/// Where a Redis server listens.
enum RedisEndpoint: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)
    /// Wherever the Sentinels say that the master is; ``RedisConfiguration/located(at:)`` makes a place of it.
    case master(of: SentinelGroup)

    /// `host:port`, the socket's path, or `master 'name'` and the Sentinels.
    var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        case .master(let group):
            "master '\(group.master)' of the Sentinels \(group.sentinels.map(\.description).joined(separator: ", "))"
        }
    }

    /// Whether it can be nothing but this machine. Sentinels may name any machine, wherever they are.
    var isLoopback: Bool {
        switch self {
        case .unix: return true
        case .master: return false
        case .tcp(let host, _):
            let lower = host.lowercased()
            if lower == "localhost" || lower.hasSuffix(".localhost") || lower == "::1" { return true }
            return lower.hasPrefix("127.") && Self.isAddress(lower)
        }
    }

    /// Whether `host` is an IPv4 or IPv6 address and not a name.
    static func isAddress(_ host: String) -> Bool {
        do {
            _ = try SocketAddress(ipAddress: host, port: 0)
            return true
        } catch {
            return false
        }
    }
}
