/// What the first request of a stdio connection decides: the era of the process, for good. Does no I/O.
struct StdioConversation {
    private let support: EraSupport
    private(set) var era: Era?

    init(support: EraSupport) {
        self.support = support
    }

    /// The era in which to answer `request`.
    /// - Throws: the error to answer with instead.
    mutating func accept(_ request: Request) throws(ProtocolError) -> Era {
        switch self.era {
        case .legacy:
            guard request.revision == nil else {
                throw ProtocolError(
                    code: ProtocolError.invalidRequest,
                    message: "This connection was opened with initialize; requests carry no revision"
                )
            }
            return .legacy
        case .modern:
            guard request.method != "initialize" else { throw Self.lateHandshake(request) }
            try request.checkEnvelope()
            try request.checkRevision(for: .modern)
            return .modern
        case nil:
            return try self.open(with: request)
        }
    }

    private mutating func open(with request: Request) throws(ProtocolError) -> Era {
        if request.method == "initialize", request.revision == nil {
            guard self.support.speaksLegacy else { throw Self.lateHandshake(request) }
            self.era = .legacy
            return .legacy
        }
        if self.support.speaksModern, request.revision != nil || request.method == "server/discover" || self.support == .modern {
            try request.checkEnvelope()
            try request.checkRevision(for: self.support)
            self.era = .modern
            return .modern
        }
        if request.method == "ping" { return .legacy }
        if request.method == "server/discover" { throw .methodNotFound(request.method) }
        throw ProtocolError(
            code: ProtocolError.invalidRequest,
            message: "\(request.method) before initialize, and without the _meta of revision \(Revision.modern)"
        )
    }

    private static func lateHandshake(_ request: Request) -> ProtocolError {
        .unsupportedRevision(request.params?.member("protocolVersion")?.string ?? "", by: .modern)
    }
}
