import NIOHTTP1

/// The headers of a POST that say again what is in its body (revision 2026-07-28).
struct RoutingHeaders {
    let revision: String?
    private let headers: HTTPHeaders

    init(_ headers: HTTPHeaders) {
        self.headers = headers
        self.revision = headers["mcp-protocol-version"].first.map(Self.trim)
    }

    /// Checks that the headers agree with `request`.
    /// - Throws: -32020 that names the header which is missing, repeated or different.
    func check(against request: Request) throws(ProtocolError) {
        try self.check("Mcp-Protocol-Version", is: request.revision?.string)
        try self.check("Mcp-Method", is: request.method)
        switch request.method {
        case "tools/call", "prompts/get":
            try self.check("Mcp-Name", is: request.params?.member("name")?.string)
        case "resources/read":
            try self.check("Mcp-Name", is: request.params?.member("uri")?.string)
        case "tasks/get", "tasks/update", "tasks/cancel":
            try self.check("Mcp-Name", is: request.params?.member("taskId")?.string)
        default: break
        }
    }

    /// A parameter that is not in the body is refused later, for what it is.
    private func check(_ name: String, is expected: String?) throws(ProtocolError) {
        guard let expected else { return }
        let values = self.headers[name]
        guard values.count == 1, values[0] == expected || HeaderValue.decode(Self.trim(values[0])) == expected else {
            let why = values.isEmpty ? "is missing" : "does not match the body"
            throw ProtocolError(code: ProtocolError.headerMismatch, message: "Header mismatch: \(name) \(why)")
        }
    }

    private static func trim(_ value: String) -> String {
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard let first = value.utf8.first, let last = value.utf8.last, isSpace(first) || isSpace(last) else { return value }
        let start = value.utf8.drop(while: isSpace)
        let end = start.lastIndex { !isSpace($0) }
        return end.map { String(Substring(start[...$0])) } ?? ""
    }
}
