import Foundation
import MCPStoreQueue
import NIOCore

/// A tool of a service, as its server lists it.
public struct ToolInfo: Sendable {
    /// The tool's own name.
    public let name: String
    /// The service that has it.
    public private(set) var service: String
    /// `service_tool`, which is what to call where several services have a tool of this name.
    public private(set) var qualifiedName: String
    /// The key under which it is stored and counted: `{space}:tools:{key}:info`, `…:stats`.
    public let key: String
    /// What people see instead of the name.
    public let title: String?
    /// What it does, in the server's words.
    public let description: String?
    /// Says of itself that it changes nothing. An untrusted hint.
    public let isReadOnly: Bool?
    /// Says of itself that a second call with the same arguments changes nothing more. An untrusted hint.
    public let isIdempotent: Bool?
    /// Says of itself that it may destroy something. An untrusted hint.
    public let isDestructive: Bool?
    private let document: ByteBuffer
    private let schema: ByteBuffer

    /// The tool as its server lists it: raw JSON.
    public var json: Data { Data(document.readableBytesView) }

    /// The JSON Schema of its arguments: raw JSON.
    public var inputSchema: Data { Data(schema.readableBytesView) }

    package init?(_ document: ByteBuffer, service: String, key: (String) -> String?) {
        guard let members = JSONMembers(document), let name = members.value("name")?.stringValue else { return nil }
        let annotations = members.value("annotations")
        self.name = name
        self.service = service
        self.qualifiedName = "\(service)_\(name)"
        self.key = key(name) ?? name
        self.title = members.value("title")?.stringValue ?? annotations?["title"]?.stringValue
        self.description = members.value("description")?.stringValue
        self.isReadOnly = annotations?["readOnlyHint"]?.boolValue
        self.isIdempotent = annotations?["idempotentHint"]?.boolValue
        self.isDestructive = annotations?["destructiveHint"]?.boolValue
        self.document = document
        self.schema = members["inputSchema"] ?? ByteBuffer(string: "{}")
    }

    package var rawDocument: ByteBuffer { document }

    /// The same tool for somebody who calls its service `name`.
    func seen(as name: String) -> ToolInfo {
        var tool = self
        tool.service = name
        tool.qualifiedName = "\(name)_\(self.name)"
        return tool
    }
}
