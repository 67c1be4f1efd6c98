/// A map of servers, found in a document.
struct ServerMap {
    /// Where it stands, such as `mcpServers` or `mcp.servers`; empty where it is the document itself.
    var path: String
    var entries: [String: JSONValue]
    var form = ServerForm.common
    /// The project to which it belongs, in the file of Claude Code.
    var project: String?

    /// All maps of servers that stand in a document under the names that programs give them, in the order of those.
    ///
    /// - Throws: ``MCPStoreError`` (`invalidServices`) where one of those names holds something else.
    static func all(in document: [String: JSONValue]) throws(MCPStoreError) -> [ServerMap] {
        var maps: [ServerMap] = []
        for name in ["mcpServers", "mcp_servers", "context_servers"] {
            if let map = try named(name, document[name]) { maps.append(map) }
        }
        if var map = try visualStudioCode(document, at: "servers") {
            map.path = "servers"
            maps.append(map)
        }
        for (settings, path) in [
            (document["mcp.servers"].map { ["servers": $0] }, "mcp.servers"), (document["mcp"], "mcp.servers"),
        ] {
            guard let settings = settings?.objectValue, var map = try visualStudioCode(settings, at: path) else { continue }
            map.path = path
            maps.append(map)
        }
        if let servers = document["mcp"]?.objectValue, isMap(servers), servers["servers"].map(isEntry) != false {
            maps.append(ServerMap(path: "mcp", entries: servers, form: .opencode))
        }
        for (project, settings) in (document["projects"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let servers = settings["mcpServers"]?.objectValue, !servers.isEmpty else { continue }
            maps.append(ServerMap(path: "projects.\(project).mcpServers", entries: servers, project: project))
        }
        return maps
    }

    private static func named(_ name: String, _ value: JSONValue?) throws(MCPStoreError) -> ServerMap? {
        guard let value, !isEntry(value) else { return nil }
        guard let entries = value.objectValue else {
            throw MCPStoreError(.invalidServices, "'\(name)' must be an object with an entry per service, not \(value.kind)")
        }
        return ServerMap(path: name, entries: entries)
    }

    private static func visualStudioCode(_ members: [String: JSONValue], at path: String) throws(MCPStoreError) -> ServerMap? {
        guard let servers = members["servers"], !isEntry(servers), servers.objectValue.map({ isMap($0) || $0.isEmpty }) != false
        else { return nil }
        guard var map = try named(path, servers) else { return nil }
        var inputs: [String: String] = [:]
        for input in members["inputs"]?.arrayValue ?? [] {
            guard let id = input["id"]?.stringValue, input["password"] != true, let value = input["default"]?.stringValue,
                !value.contains("}")
            else { continue }
            inputs[id] = value
        }
        map.form = .visualStudioCode(inputs: inputs)
        // The second generation of opencode has the same place; its entries are told by their types.
        let types = Set(map.entries.values.compactMap { $0["type"]?.stringValue })
        if path == "mcp.servers", !types.isEmpty, types.isSubset(of: ["local", "remote"]) { map.form = .opencode }
        return map
    }

    /// Whether all members are objects, as in a map of servers.
    static func isMap(_ members: [String: JSONValue]) -> Bool {
        !members.isEmpty && members.values.allSatisfy { $0.objectValue != nil }
    }

    /// Whether it is a server itself: in a map of servers each of these would be an object.
    static func isEntry(_ value: JSONValue) -> Bool {
        guard let members = value.objectValue else { return false }
        let isText = ["command", "url", "serverUrl", "httpUrl", "headersHelper", "type", "transport", "transportType"].contains {
            members[$0].map { $0.objectValue == nil } ?? false
        }
        return isText || members["name"]?.stringValue != nil
    }
}
