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
        // Never the whole text: it may hold a password.
        let needed = "the load tester reaches Redis by redis://host:port or unix:///path"
        guard let parts = URLComponents(string: text), let scheme = parts.scheme else {
            throw FloorError("\(needed); what was given is no URL")
        }
        guard ["redis", "unix"].contains(scheme) else { throw FloorError("\(needed), not by \(scheme)://") }
        user = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password
        if scheme == "unix" {
            endpoint = .socket(parts.path)
            database = 0
        } else {
            endpoint = .host(parts.host ?? "127.0.0.1", port: parts.port ?? 6379)
            let name = parts.path.dropFirst()
            guard let number = name.isEmpty ? 0 : Int(name) else {
                throw FloorError("the database '\(name)' of Redis is no number")
            }
            database = number
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
