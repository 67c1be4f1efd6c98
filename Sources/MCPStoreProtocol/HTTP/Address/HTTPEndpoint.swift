#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The address of a remote MCP server, checked once.
///
/// User name and password of the URL are taken out of it: they become an `Authorization` header and are never shown. Errors show
/// the origin only, because paths and queries of MCP servers carry keys too.
struct HTTPEndpoint: Sendable, Equatable {
    /// Scheme, host and port: what two URLs must share for one to be trusted with what was meant for the other.
    struct Origin: Sendable, Equatable, CustomStringConvertible {
        /// `http` or `https`.
        var scheme: String
        /// In lower case, without brackets.
        var host: String
        /// Given or default.
        var port: Int

        /// As in a URL; the default port is left out.
        var description: String {
            let host = self.host.contains(":") ? "[\(self.host)]" : self.host
            return self.port == Self.defaultPort(self.scheme)
                ? "\(self.scheme)://\(host)" : "\(self.scheme)://\(host):\(self.port)"
        }

        static func defaultPort(_ scheme: String) -> Int { scheme == "https" ? 443 : 80 }
    }

    /// The absolute URL without user name, password and fragment.
    let url: String
    /// Scheme, host and port.
    let origin: Origin
    /// The value of `Authorization` that the URL's user name and password make; a secret.
    let authorization: String?

    /// - Throws: ``MCPError`` with ``MCPError/Code/invalidRequest``, which does not repeat the text.
    init(_ text: String) throws(MCPError) {
        guard let url = URL(string: text), var components = URLComponents(url: url, resolvingAgainstBaseURL: true) else {
            throw MCPError(.invalidRequest, "the service's url is no URL; write it like https://host/mcp")
        }
        let scheme = components.scheme?.lowercased() ?? ""
        guard scheme == "http" || scheme == "https" else {
            throw MCPError(.invalidRequest, "the service's url must begin with http:// or https://")
        }
        let host = (components.host ?? "").lowercased().drop { $0 == "[" }.prefix { $0 != "]" }
        let port = components.port ?? Origin.defaultPort(scheme)
        guard !host.isEmpty, 1...65535 ~= port else {
            throw MCPError(.invalidRequest, "the service's url has no host, or a port that is none")
        }
        if let user = components.user, !user.isEmpty {
            let pair = "\(user):\(components.password ?? "")"
            self.authorization = "Basic " + Data(pair.utf8).base64EncodedString()
        } else {
            self.authorization = nil
        }
        components.scheme = scheme
        components.user = nil
        components.password = nil
        components.fragment = nil
        guard let clean = components.url else { throw MCPError(.invalidRequest, "the service's url is no URL") }
        self.url = clean.absoluteString
        self.origin = Origin(scheme: scheme, host: String(host), port: port)
    }

    /// The endpoint that a reference found at this one means, such as that of the `endpoint` event of HTTP+SSE.
    ///
    /// - Throws: ``MCPError`` with ``MCPError/Code/protocolViolation`` when it is no URL or leads to another origin: headers meant
    ///   for this server must not be sent elsewhere.
    func resolving(_ reference: String) throws(MCPError) -> HTTPEndpoint {
        let resolved = URL(string: reference, relativeTo: URL(string: self.url)).map { $0.absoluteString } ?? ""
        guard let endpoint = try? HTTPEndpoint(resolved) else {
            throw MCPError(.protocolViolation, "\(self.origin) named an endpoint that is no URL")
        }
        guard endpoint.origin == self.origin else {
            throw MCPError(
                .protocolViolation,
                "\(self.origin) named an endpoint at \(endpoint.origin); messages are sent to the origin of the service's url only"
            )
        }
        return endpoint
    }

    /// Whether the URL looks like one of the HTTP+SSE transport: `/sse` at the end of its path or followed by more of it.
    var looksLikeEventStream: Bool {
        var rest = self.url[...]
        while let match = rest.firstRange(of: "/sse") {
            rest = rest[match.upperBound...]
            guard let next = rest.first else { return true }
            if next == "/" || next == "?" || next == "&" { return true }
        }
        return false
    }
}
