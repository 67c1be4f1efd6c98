import NIOHTTP1

/// Puts the header fields of requests together: those that were configured, and MCP's own.
struct RequestHeaders: Sendable {
    /// Fields that belong to the protocol or to the connection; configured ones of these names are left out.
    private static let reserved: Set<String> = [
        "accept", "accept-encoding", "connection", "content-length", "content-type", "expect", "keep-alive", "last-event-id",
        "mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    private let base: HTTPHeaders
    private let post: HTTPHeaders
    private let redactor: Redactor
    /// Whether an `Authorization` field is sent.
    let hasCredentials: Bool

    /// - Throws: ``MCPError`` with ``MCPError/Code/invalidRequest`` naming a configured field that HTTP cannot carry; never its value.
    init(_ configured: [HTTPHeader], authorization: String?) throws(MCPError) {
        var base = HTTPHeaders()
        var secrets: [String] = []
        for header in configured where !Self.reserved.contains(header.name.lowercased()) {
            guard Self.isName(header.name) else {
                throw MCPError(.invalidRequest, "a header of this service has a name that HTTP does not allow")
            }
            guard Self.isValue(header.value) else {
                throw MCPError(
                    .invalidRequest,
                    "the header \(header.name) of this service has a value with control characters, such as a newline at its end"
                )
            }
            base.replaceOrAdd(name: header.name, value: header.value)
            secrets.append(header.value)
            secrets += header.value.split(separator: " ").dropFirst().map { String($0) }
        }
        if let authorization, !base.contains(name: "authorization") { base.add(name: "authorization", value: authorization) }
        if !base.contains(name: "user-agent") { base.add(name: "user-agent", value: "mcpstore") }
        // Sizes are bounded by what comes over the wire; a compressed body could unfold to any size.
        base.add(name: "accept-encoding", value: "identity")
        self.hasCredentials = base.contains(name: "authorization")
        self.base = base
        self.redactor = Redactor(secrets: secrets.filter { $0.utf8.count >= 6 })
        base.add(name: "accept", value: "application/json, text/event-stream")
        base.add(name: "content-type", value: "application/json")
        self.post = base
    }

    /// For a POST of one message.
    ///
    /// - Parameters:
    ///   - revision: What was negotiated; `nil` before that.
    ///   - sessionID: Of a legacy session.
    func posting(_ message: OutboundMessage, revision: ProtocolRevision?, sessionID: String?) -> HTTPHeaders {
        var headers = self.post
        let (method, name): (String?, String?) =
            switch message.kind {
            case .request(_, let method, let name): (method, name)
            case .notification(let method): (method, nil)
            case .response: (nil, nil)
            }
        if let sessionID { headers.add(name: "mcp-session-id", value: sessionID) }
        // The opener of the legacy era negotiates; anything else sent before that is of the modern era.
        let spoken = revision ?? (method == "initialize" ? nil : .latest)
        if let spoken { headers.add(name: "mcp-protocol-version", value: spoken.rawValue) }
        if spoken?.era == .modern, let method {
            headers.add(name: "mcp-method", value: method)
            if let name { headers.add(name: "mcp-name", value: MCPHeaderValue.encode(name)) }
        }
        for header in message.headers where Self.isName(header.name) {
            headers.replaceOrAdd(name: header.name, value: MCPHeaderValue.encode(header.value))
        }
        return headers
    }

    /// For a GET of an event stream.
    func listening(revision: ProtocolRevision?, sessionID: String?, lastEventID: String?) -> HTTPHeaders {
        var headers = self.ending(revision: revision, sessionID: sessionID)
        headers.add(name: "accept", value: "text/event-stream")
        headers.add(name: "cache-control", value: "no-store")
        if let lastEventID { headers.add(name: "last-event-id", value: lastEventID) }
        return headers
    }

    /// For the DELETE that ends a legacy session.
    func ending(revision: ProtocolRevision?, sessionID: String?) -> HTTPHeaders {
        var headers = self.base
        if let sessionID { headers.add(name: "mcp-session-id", value: sessionID) }
        if let revision { headers.add(name: "mcp-protocol-version", value: revision.rawValue) }
        return headers
    }

    /// Takes the values of configured fields out of a text that the server sent.
    func redact(_ text: String) -> String { self.redactor.redact(text) }

    /// Whether a field may have this value.
    static func isValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 == UInt8(ascii: "\t") || ($0 >= 0x20 && $0 != 0x7F) }
    }

    /// Whether a session id is one: visible ASCII (specification, "Session Management"), and of a length that a header can have.
    static func isSessionID(_ value: String) -> Bool {
        1...1024 ~= value.utf8.count && value.utf8.allSatisfy { 0x21...0x7E ~= $0 }
    }

    private static func isName(_ name: String) -> Bool {
        let others = Set("!#$%&'*+-.^_`|~".utf8)
        return !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || others.contains(byte)
            }
    }
}
