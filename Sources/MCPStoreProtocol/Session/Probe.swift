import NIOCore

/// What an answer to `server/discover` says about the server.
enum Probe {
    /// It is modern, and speaks a revision that we know.
    case modern(Negotiated)
    /// It does not speak the revision that was asked for, but these.
    case speaks([ProtocolRevision])
    /// It did not understand the question: a legacy server, most likely.
    case unclear

    init(_ response: MCPResponse) {
        switch response {
        case .result(let result, _, _):
            self = Self.discovered(result)
        case .error(let error, let code):
            guard code == JSONRPCCode.unsupportedProtocolVersion, let versions = JSONRPCErrorText(error).supportedVersions else {
                self = .unclear
                return
            }
            self = .speaks(versions)
        case .failed:
            self = .unclear
        }
    }

    private static func discovered(_ result: ByteBuffer) -> Probe {
        var versions: [ProtocolRevision]?
        var serverInfo: ByteBuffer?
        var capabilities = ByteBuffer(staticString: "{}")
        var instructions: String?
        do {
            try result.withJSONMembers { (key, value) throws(JSONError) in
                if key.equals("supportedVersions"), value.isArray {
                    var found: [ProtocolRevision] = []
                    try value.elements { (element) throws(JSONError) in
                        if let text = element.string { found.append(ProtocolRevision(rawValue: text)) }
                    }
                    versions = found
                } else if key.equals("capabilities"), value.isObject {
                    capabilities = ByteBuffer(bytes: value.bytes)
                } else if key.equals("instructions") {
                    instructions = value.string
                } else if key.equals("_meta"), value.isObject {
                    try value.members { (key, value) throws(JSONError) in
                        if key.equals("io.modelcontextprotocol/serverInfo") { serverInfo = ByteBuffer(bytes: value.bytes) }
                    }
                }
            }
            guard let versions else { return .unclear }
            guard let revision = versions.filter({ $0.isKnown && $0.era == .modern }).max() else { return .speaks(versions) }
            return .modern(
                Negotiated(
                    revision: revision,
                    serverInfo: serverInfo,
                    capabilities: capabilities,
                    instructions: instructions,
                    offers: try ServerOffers(capabilities)
                )
            )
        } catch {
            return .unclear
        }
    }
}
