import Foundation

/// Where Redis is: `redis://[user:password@]host[:port][/db]` or `unix:///path`.
struct FloorAddress: CustomStringConvertible {
    enum Endpoint {
        case host(String, port: Int)
        case socket(String)
    }

    let endpoint: Endpoint
    let user: String?
    let password: String?
    let database: Int

    init(_ text: String) throws {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme, ["redis", "unix"].contains(scheme) else {
            throw FloorError("the floor is measured over redis://host:port or unix:///path, not over '\(text.prefix(20))…'")
        }
        user = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password
        if scheme == "unix" {
            endpoint = .socket(parts.path)
            database = 0
        } else {
            endpoint = .host(parts.host ?? "127.0.0.1", port: parts.port ?? 6379)
            database = Int(parts.path.dropFirst()) ?? 0
        }
    }

    /// Without user and password.
    var description: String {
        switch endpoint {
        case .host(let host, let port): "\(host):\(port)"
        case .socket(let path): path
        }
    }
}
