import NIOCore

/// Where a Redis server listens.
enum RedisEndpoint: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// `host:port` or the socket's path.
    var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }

    /// Whether it can be nothing but this machine.
    var isLoopback: Bool {
        switch self {
        case .unix: return true
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
