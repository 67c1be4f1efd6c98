import Foundation
import MCPStoreQueue
import MCPStoreWorker
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
    /// How it is beside what was approved of its service; `nil` where nobody compares (``ToolPinning/off``).
    public private(set) var pin: ToolPinStatus?
    /// Whether it is held back, because it is not as it was approved: it is neither listed to clients nor called.
    public private(set) var isHeld = false
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

    /// The part that is approved.
    package var definition: ToolDefinition { ToolDefinition(document) }

    /// The same tool beside what was approved of its service.
    func pinned(_ pins: ServicePins) -> ToolInfo {
        var tool = self
        tool.pin = PinStatus(name, definition, pins.tools).flatMap { ToolPinStatus(rawValue: $0.rawValue) }
        tool.isHeld = pins.mode == .enforce && tool.pin != nil && tool.pin != .approved
        return tool
    }

    /// The same tool for somebody who calls its service `name`.
    func seen(as name: String) -> ToolInfo {
        var tool = self
        tool.service = name
        tool.qualifiedName = "\(name)_\(self.name)"
        return tool
    }
}
