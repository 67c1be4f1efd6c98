import HTTPTypes
import MCPStoreProtocol
import NIOCore

/// The headers of a POST that say again what is in its body, and which era it is of. Does no I/O.
struct RoutingHeaders: Sendable {
    let fields: HTTPFields

    init(_ fields: HTTPFields) { self.fields = fields }

    /// The revision that the header names.
    var revision: ProtocolRevision? {
        fields[.mcpProtocolVersion].map { ProtocolRevision(rawValue: HeaderValue.trimmed($0)) }
    }

    /// The era in which a request is answered. A modern one is checked to be complete and to agree with its headers.
    ///
    /// - Throws: What it is answered with instead.
    func era(of request: ClientRequest) throws(ProtocolError) -> MCPEra {
        let revision = revision
        let isModernHeader = revision.map { $0.era == .modern && $0.isKnown } ?? false
        if !request.meta.hasVersion, !isModernHeader {
            // `initialize` negotiates, whatever the header says.
            guard let revision, request.method != "initialize" else { return .legacy }
            guard revision.isKnown else { throw .unsupportedVersion(revision.rawValue) }
            return .legacy
        }
        try request.meta.checkEnvelope()
        try check(.mcpProtocolVersion, is: request.meta.version)
        try check(.mcpMethod, is: request.method)
        try check(.mcpName, is: try name(of: request))
        let version = ProtocolRevision(rawValue: request.meta.version ?? "")
        guard version.isKnown, version.era == .modern else { throw .unsupportedVersion(version.rawValue, era: .modern) }
        return .modern
    }

    /// What a notification, or an answer, is of.
    var eraOfOthers: MCPEra { revision?.era ?? .legacy }

    /// The parameter that `Mcp-Name` repeats; `nil` where the method has none, or where it is wrong, which is said later.
    private func name(of request: ClientRequest) throws(ProtocolError) -> String? {
        let member: String
        switch request.method {
        case "tools/call", "prompts/get": member = "name"
        case "resources/read": member = "uri"
        case "tasks/get", "tasks/update", "tasks/cancel": member = "taskId"
        default: return nil
        }
        return try request.parameters().string(member)
    }

    private func check(_ name: HTTPField.Name, is expected: String?) throws(ProtocolError) {
        guard let expected else { return }
        let values = fields[values: name]
        guard let value = values.first else { throw .headerMismatch(name.rawName, "is missing") }
        guard values.count == 1 else { throw .headerMismatch(name.rawName, "is there more than once") }
        guard HeaderValue.trimmed(value) == expected || HeaderValue.decode(value) == expected else {
            throw .headerMismatch(name.rawName, "does not match the body")
        }
    }

    /// Checks the headers that repeat arguments of a tool.
    ///
    /// - Parameter tool: The tool that is called, where it has such arguments.
    func check(_ tool: ListedTool, _ request: ClientRequest) throws(ProtocolError) {
        guard let params = request.params else { return }
        let expected: [HTTPHeader]
        do { expected = try tool.parameterHeaders(for: params) } catch { throw .invalidParams("not an object") }
        for parameter in tool.headerParameters {
            let text = "Mcp-Param-\(parameter.header)"
            guard let name = HTTPField.Name(text) else { continue }
            if let header = expected.first(where: { $0.name == text }) {
                try check(name, is: header.value)
            } else if fields.contains(name) {
                throw .headerMismatch(text, "names an argument that the call does not have")
            }
        }
    }
}
