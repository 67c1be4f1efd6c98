import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// The part of a tool that is approved: what people and models read of it, and what it takes and gives.
package struct ToolDefinition: Sendable, Hashable {
    /// The members that count. Others, such as `_meta` and `icons`, may change.
    package static let members: Set<String> = [
        "name", "title", "description", "inputSchema", "outputSchema", "annotations",
    ]

    /// Of ``document``, SHA-256 in hexadecimal digits.
    package let hash: String
    /// As canonical JSON, so that neither the order of members nor white space count.
    package let document: ByteBuffer

    /// - Parameter tool: The tool as its server lists it.
    package init(_ tool: ByteBuffer) {
        do throws(JSONError) {
            document = try tool.withJSONValue { (value) throws(JSONError) in
                var counted: [(name: String, value: JSONSlice)] = []
                try value.members { (key, value) throws(JSONError) in
                    if let name = key.string, Self.members.contains(name) { counted.append((name, value)) }
                }
                var result = ByteBuffer()
                try CanonicalJSON.write(&counted, to: &result)
                return result
            }
        } catch {
            // No object: nothing that was ever approved is like it.
            document = ByteBuffer(string: "null")
        }
        hash = ConfigurationHash.hex(document)
    }
}

/// A tool beside what was approved of its service.
package enum PinStatus: String, Sendable, Hashable {
    /// It is as it was approved.
    case approved
    /// It is other than what was approved.
    case changed
    /// It came after its service was approved.
    case new

    /// - Parameter pins: What was approved of the service; `nil` where nothing ever was.
    package init?(_ tool: String, _ definition: ToolDefinition, _ pins: [String: ToolPin]?) {
        guard let pins else { return nil }
        guard let pin = pins[tool] else {
            self = .new
            return
        }
        self = pin.hash == definition.hash ? .approved : .changed
    }

    /// Why a tool is held back, and what to do.
    package func message(tool: String, of service: ServiceID) -> String {
        let (name, options) = (service.name, service.space.commandOptions)
        let why = self == .new ? "it came after its service was approved" : "it has changed since it was approved"
        return
            "the tool '\(tool)' of service '\(name)' is held back, nothing was called: \(why); see what it is now with mcpstore tool show \(name)_\(tool)\(options), then mcpstore tool approve \(name)/\(tool)\(options)"
    }
}
