import NIOHTTP1

/// What is refused before the body is looked at. Does no I/O.
enum HTTPGate {
    struct Refusal: Equatable {
        let status: UInt
        let text: String
        var allow: String?

        var headers: [(String, String)] { self.allow.map { [("allow", $0)] } ?? [] }
    }

    static let path = "/mcp"

    static func refusal(of head: HTTPRequestHead, usesSessions: Bool) -> Refusal? {
        // A web page that resolves its name to 127.0.0.1 shows in both headers.
        guard let host = head.headers["host"].first, Self.isLocal(host[...]) else {
            return Refusal(status: 421, text: "This server is for 127.0.0.1 and localhost")
        }
        if let origin = head.headers["origin"].first, !Self.isLocalOrigin(origin) {
            return Refusal(status: 403, text: "This origin is not allowed")
        }
        guard head.uri == Self.path || head.uri.prefix(while: { $0 != "?" }) == Self.path else {
            return Refusal(status: 404, text: "The endpoint is \(Self.path)")
        }
        let methods: [HTTPMethod] = usesSessions ? [.POST, .GET, .DELETE] : [.POST]
        guard methods.contains(head.method) else {
            let allow = methods.map(\.rawValue).joined(separator: ", ")
            return Refusal(status: 405, text: "Only \(allow)", allow: allow)
        }
        guard head.method != .DELETE else { return nil }
        let needed = head.method == .POST ? ["application/json", "text/event-stream"] : ["text/event-stream"]
        guard Self.accepts(needed, head.headers) else {
            return Refusal(status: 406, text: "Accept must have \(needed.joined(separator: " and "))")
        }
        guard head.method == .POST else { return nil }
        return Self.isJSON(head.headers["content-type"].first ?? "")
            ? nil : Refusal(status: 415, text: "Content-Type must be application/json")
    }

    private static func isJSON(_ type: String) -> Bool {
        type == "application/json" || type.lowercased().prefix { $0 != ";" && $0 != " " } == "application/json"
    }

    private static func accepts(_ types: [String], _ headers: HTTPHeaders) -> Bool {
        let values = headers["accept"]
        if values == ["application/json, text/event-stream"] { return true }
        let ranges = values.joined(separator: ",").lowercased().split(separator: ",").map { entry in
            entry.prefix { $0 != ";" }.filter { $0 != " " }
        }
        return types.allSatisfy { type in
            ranges.contains { $0 == type || $0 == "*/*" || $0 == "\(type.prefix { $0 != "/" })/*" }
        }
    }

    private static func isLocalOrigin(_ origin: String) -> Bool {
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            return Self.isLocal(origin.dropFirst(scheme.count))
        }
        return false
    }

    private static func isLocal(_ host: Substring) -> Bool {
        if host.utf8.starts(with: "127.0.0.1:".utf8) { return true }
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" }.dropFirst() : host.prefix { $0 != ":" }
        return ["127.0.0.1", "localhost", "::1"].contains(name.lowercased())
    }
}
