/// Which era an HTTP request belongs to; each request says it anew. Does no I/O.
struct HTTPEra {
    let support: EraSupport

    /// The era in which to answer `request`.
    /// - Throws: the error to answer with instead.
    func of(_ request: Request, _ headers: RoutingHeaders) throws(ProtocolError) -> Era {
        if request.method == "initialize", request.revision == nil, headers.revision != Revision.modern {
            guard self.support.speaksLegacy else {
                throw .unsupportedRevision(request.params?.member("protocolVersion")?.string ?? "", by: self.support)
            }
            return .legacy
        }
        guard self.support.speaksModern else {
            if let revision = headers.revision, !Revision.legacy.contains(revision) {
                throw ProtocolError(code: ProtocolError.invalidRequest, message: "Unsupported MCP-Protocol-Version: \(revision)")
            }
            return .legacy
        }
        let isLegacy = headers.revision.map { Revision.legacy.contains($0) } ?? true
        if self.support.speaksLegacy, isLegacy, request.revision == nil { return .legacy }
        try self.checkModern(request, headers)
        return .modern
    }

    private func checkModern(_ request: Request, _ headers: RoutingHeaders) throws(ProtocolError) {
        if request.revision == nil, let revision = headers.revision, revision != Revision.modern {
            throw .unsupportedRevision(revision, by: self.support)
        }
        try request.checkEnvelope()
        try headers.check(against: request)
        try request.checkRevision(for: self.support)
    }
}
