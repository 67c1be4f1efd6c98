/// Which hosts and origins requests may name.
///
/// A web page that has its own name resolve to 127.0.0.1 reaches a local server with its own name in `Host`, and with itself in
/// `Origin`: both are looked at (specification, "Security Warning" of the HTTP transport).
package struct HostPolicy: Sendable, Equatable {
    /// Names and addresses without port, in lower case; `*` allows any.
    package var hosts: Set<String>
    /// Whole origins such as `https://app.example.com`, in lower case; `*` allows any. Those of ``hosts`` are allowed too.
    package var origins: Set<String>

    /// The names of this machine.
    package static let loopback: Set<String> = ["localhost", "127.0.0.1", "::1"]

    package init(hosts: Set<String> = HostPolicy.loopback, origins: Set<String> = []) {
        self.hosts = Set(hosts.map { $0.lowercased() })
        self.origins = Set(origins.map { $0.lowercased() })
    }

    /// Why a request is refused; `nil` where it is not.
    ///
    /// - Parameters:
    ///   - host: The value of `Host`, with or without a port.
    ///   - origin: The value of `Origin`; `nil` for what is no browser.
    package func refusal(host: String?, origin: String?) -> Problem? {
        guard let host, allows(host: host[...]) else {
            return Problem(
                421,
                "host",
                "this gateway does not answer for the host that the request names: --allow-host adds one"
            )
        }
        guard let origin, !allows(origin: origin.lowercased()) else { return nil }
        return Problem(403, "origin", "pages of this origin may not use this gateway: --allow-origin adds one")
    }

    private func allows(origin: String) -> Bool {
        if origins.contains("*") || origins.contains(origin) { return true }
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            return hosts.contains("*") ? false : allows(host: origin.dropFirst(scheme.count))
        }
        return false
    }

    private func allows(host: Substring) -> Bool {
        if hosts.contains("*") { return true }
        if hosts.contains(host.lowercased()) { return true }
        let name: Substring
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            name = host[host.index(after: host.startIndex)..<end]
        } else {
            name = host.prefix { $0 != ":" }
        }
        return hosts.contains(name.lowercased())
    }
}
