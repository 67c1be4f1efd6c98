import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// What a service offers, as its server lists it, and the documents that are published of it (`docs/keys.md`). The server's
/// objects are copied as bytes (invariant I14).
struct ServiceCatalog: Sendable {
    let tools: [ListedTool]
    let cache: ByteBuffer
    let hash: String
    let listings: [ToolListing]
    /// Arguments that HTTP sends as headers as well, for the few tools that have such.
    let toolsWithHeaders: [String: ListedTool]

    init(
        service: String,
        session: MCPSession,
        tools: [ListedTool],
        resources: [ByteBuffer],
        templates: [ByteBuffer],
        prompts: [ByteBuffer]
    ) {
        self.tools = tools
        let withHeaders = tools.filter { !$0.headerParameters.isEmpty }
        toolsWithHeaders = Dictionary(withHeaders.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var body = ByteBuffer()
        body.writeString("\"protocol\":")
        body.writeJSONString(session.revision.rawValue)
        body.writeString(",\"server\":")
        body.writeImmutableBuffer(session.serverInfo ?? ByteBuffer(string: "null"))
        body.writeString(",\"capabilities\":")
        body.writeImmutableBuffer(session.capabilities)
        body.writeString(",\"instructions\":")
        if let instructions = session.instructions { body.writeJSONString(instructions) } else { body.writeString("null") }
        for (name, list) in [
            ("tools", tools.map(\.raw)), ("resources", resources), ("resourceTemplates", templates), ("prompts", prompts),
        ] {
            body.writeString(",\"\(name)\":[")
            for (index, item) in list.enumerated() {
                if index > 0 { body.writeString(",") }
                body.writeImmutableBuffer(item)
            }
            body.writeString("]")
        }
        body.writeString("}")
        hash = ConfigurationHash.hex(body)

        var cache = ByteBuffer(string: "{\"hash\":\"\(hash)\",\"fetched\":\"\(ISO8601.now())\",")
        cache.writeImmutableBuffer(body)
        self.cache = cache
        listings = tools.map { tool in
            var document = ByteBuffer(string: "{\"service\":")
            document.writeJSONString(service)
            document.writeString(",\"name\":")
            document.writeJSONString(tool.name)
            document.writeString(",\"qualifiedName\":")
            document.writeJSONString("\(service)_\(tool.name)")
            document.writeString(",\"tool\":")
            document.writeImmutableBuffer(tool.raw)
            document.writeString("}")
            return ToolListing(name: tool.name, document: document)
        }
    }
}
