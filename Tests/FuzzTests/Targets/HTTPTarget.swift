import Foundation
import NIOCore
import NIOHTTP1

@testable import MCPStoreProtocol

extension FuzzTarget {
    /// Addresses and header fields: the first line is a URL, the others are references, header fields and bodies.
    ///
    /// No credentials stay in a URL, nothing leads to another origin, no field breaks out of its line, and no secret comes
    /// through redaction.
    static let http = FuzzTarget(
        name: "http",
        tokens: [
            "http://", "https://", "@", ":", "/", "//", "?", "#", "[::1]", "127.0.0.1", "..", "%0d%0a", "\r", "\n", ": ", "é",
            "\u{301}", "\u{0}", ":0", ":65536", "xn--", "Authorization: Bearer sk-secret-1", "application/json", "/sse", "%",
        ],
        check: { input in
            let lines = String(decoding: input, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map {
                String($0)
            }
            try HTTPText.checkEndpoint(lines[0], references: lines.dropFirst())
            try HTTPText.checkHeaders(lines)
            HTTPText.readAnswer(lines, body: ByteBuffer(bytes: input))
        }
    )
}

/// Addresses and header fields.
enum HTTPText {
    static func checkEndpoint(_ url: String, references: some Collection<String>) throws {
        let policy = RemoteAddressPolicy(allowPrivate: false)
        _ = policy.allows(host: url)
        guard let endpoint = try? HTTPEndpoint(url) else { return }
        _ = policy.allows(host: endpoint.origin.host)
        let again: HTTPEndpoint
        do { again = try HTTPEndpoint(endpoint.url) } catch { throw FuzzFinding("a checked URL is refused: \(endpoint.url)") }
        try same(again.url, endpoint.url, "a URL that is checked twice")
        try same(again.origin, endpoint.origin, "an origin that is checked twice")
        try same(again.authorization, nil, "credentials stay in a URL")
        try hold(URLComponents(string: endpoint.url)?.user == nil, "a user stays in a URL")
        for reference in references {
            guard let resolved = try? endpoint.resolving(reference) else { continue }
            try same(resolved.origin, endpoint.origin, "a reference leads elsewhere")
        }
    }

    static func checkHeaders(_ lines: [String]) throws {
        let fields = lines.compactMap { line -> MCPStoreProtocol.HTTPHeader? in
            guard let cut = line.firstIndex(of: ":") else { return nil }
            return HTTPHeader(name: String(line[..<cut]), value: String(line[line.index(after: cut)...].drop { $0 == " " }))
        }
        for field in fields { try self.checkEncoding(field.value) }
        guard let headers = try? RequestHeaders(fields, authorization: nil) else { return }
        let message = OutboundMessage(
            body: ByteBuffer(),
            kind: .request(id: 1, method: "tools/call", name: lines.last ?? ""),
            headers: fields
        )
        for revision in [nil, ProtocolRevision.latest, .latestLegacy] {
            for (name, value) in headers.posting(message, revision: revision, sessionID: "s") {
                try hold(
                    !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 58 },
                    "a field's name: \(name.debugDescription)"
                )
                try hold(RequestHeaders.isValue(value), "a field's value breaks its line: \(value.debugDescription)")
            }
        }
        for field in fields where field.value.utf8.count >= 6 && !field.value.contains("*") {
            let isReserved = !headers.listening(revision: nil, sessionID: nil, lastEventID: nil).contains {
                $0.value == field.value
            }
            if isReserved { continue }
            for (before, after) in [("", ""), ("x", "\u{301}"), ("\r", "\n"), ("🇩", "🇪")] {
                let text = headers.redact("\(before)\(field.value)\(after)")
                try hold(!Array(text.utf8).contains(Array(field.value.utf8)), "secret comes through redaction")
            }
        }
    }

    private static func checkEncoding(_ value: String) throws {
        let encoded = MCPHeaderValue.encode(value)
        try hold(RequestHeaders.isValue(encoded), "an encoded value breaks its line")
        guard encoded.hasPrefix("=?base64?"), encoded.hasSuffix("?=") else { return try same(encoded, value, "a plain value") }
        let data = Data(base64Encoded: String(encoded.dropFirst(9).dropLast(2)))
        try same(data.map { Array($0) }, Array(value.utf8), "an encoded value")
    }

    static func readAnswer(_ lines: [String], body: ByteBuffer) {
        var headers = HTTPHeaders()
        for line in lines { headers.add(name: ["content-type", "location", "content-length"][line.utf8.count % 3], value: line) }
        let origin = HTTPEndpoint.Origin(scheme: "http", host: "h", port: 80)
        for status in [301, 401, 404, 500, 200, 999] {
            let refusal = HTTPRefusal(status: .init(statusCode: status), headers: headers, body: body)
            _ = refusal.answer
            _ = refusal.error(origin: origin, hasCredentials: true) { $0 }
        }
        _ = RequestHeaders.isSessionID(lines[0])
    }
}
