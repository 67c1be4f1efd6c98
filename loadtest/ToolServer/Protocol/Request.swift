/// One request, with the envelope that modern clients send in `params._meta`.
struct Request {
    let id: JSONSlice
    let method: String
    let params: JSONSlice?
    let meta: JSONSlice?

    init(id: JSONSlice, method: String, params: JSONSlice?) {
        self.id = id
        self.method = method
        self.params = params
        self.meta = params?.member("_meta")
    }

    /// The revision of a modern request; nil in legacy ones.
    var revision: JSONSlice? { self.meta?.member("io.modelcontextprotocol/protocolVersion") }

    var progressToken: JSONSlice? {
        guard let token = self.meta?.member("progressToken"), token.kind == .string || token.integer != nil else { return nil }
        return token
    }

    /// Checks that the request carries what every modern one must.
    func checkEnvelope() throws(ProtocolError) {
        guard self.revision?.kind == .string else {
            throw .missing("io.modelcontextprotocol/protocolVersion")
        }
        guard self.meta?.member("io.modelcontextprotocol/clientCapabilities")?.kind == .object else {
            throw .missing("io.modelcontextprotocol/clientCapabilities")
        }
    }

    /// Checks that the revision of a modern request is the one spoken here; `support` is what to name otherwise.
    func checkRevision(for support: EraSupport) throws(ProtocolError) {
        guard let revision = self.revision?.string, revision == Revision.modern else {
            throw .unsupportedRevision(self.revision?.string ?? "", by: support)
        }
    }
}

extension ProtocolError {
    fileprivate static func missing(_ key: String) -> Self {
        Self(code: Self.invalidParams, message: "Invalid params: _meta[\"\(key)\"] is missing or of the wrong type")
    }
}
