import NIOHTTP1

/// A request as it came to a ``ScriptedHTTPServer``.
struct ScriptedRequest: Sendable {
    var method: HTTPMethod
    var uri: String
    var headers: HTTPHeaders
    var body: String
    /// Gets something when the client has gone before the response was over.
    var gone = Mailbox<Bool>()

    subscript(_ name: String) -> String? { self.headers.first(name: name) }

    /// The value of `"method"` in the body.
    var rpcMethod: String? { self.member("\"method\":\"", until: "\"") }

    /// The value of `"id"` in the body.
    var rpcID: String { self.member("\"id\":", until: ",") ?? "null" }

    private func member(_ start: String, until end: Character) -> String? {
        guard let range = self.body.firstRange(of: start) else { return nil }
        return String(self.body[range.upperBound...].prefix { $0 != end && $0 != "}" })
    }
}
