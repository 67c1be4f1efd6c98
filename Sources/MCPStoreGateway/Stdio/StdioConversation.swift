import MCPStoreProtocol

/// Which era a stdio connection is of: the first request decides, for good (specification, "Versioning"). Does no I/O.
struct StdioConversation: Sendable {
    private(set) var era: MCPEra?

    init() {}

    /// The era in which to answer a request.
    ///
    /// - Throws: What it is answered with instead.
    mutating func era(of request: ClientRequest) throws(ProtocolError) -> MCPEra {
        switch era {
        case .legacy?:
            guard !request.meta.hasVersion else {
                let why = "this connection was opened with initialize: requests carry no protocol version of their own"
                throw ProtocolError(JSONRPCCode.invalidRequest, "Invalid request: \(why)")
            }
            return .legacy
        case .modern?:
            try Self.checkModern(request)
            return .modern
        case nil:
            if request.meta.hasVersion || request.method == "server/discover" {
                try Self.checkModern(request)
                era = .modern
                return .modern
            }
            if request.method == "initialize" { era = .legacy }
            guard era == .legacy || request.method == "ping" else {
                let why = "initialize first, or send the _meta of revision \(ProtocolRevision.latest)"
                throw ProtocolError(JSONRPCCode.invalidRequest, "Invalid request: \(why)")
            }
            return .legacy
        }
    }

    private static func checkModern(_ request: ClientRequest) throws(ProtocolError) {
        if request.method == "initialize" {
            throw .unsupportedVersion(try request.parameters().string("protocolVersion") ?? "")
        }
        try request.meta.checkEnvelope()
        let version = ProtocolRevision(rawValue: request.meta.version ?? "")
        guard version.isKnown, version.era == .modern else { throw .unsupportedVersion(version.rawValue, era: .modern) }
    }
}
