import MCPStoreQueue
import NIOCore

/// How the calls of a batch that is uploaded are made. A batch keeps the plan with which it began.
package struct UploadPlan: Sendable, Hashable {
    /// What CSV records become; `nil` for lines of JSON.
    package var csv: CallShape?
    /// How long a call may wait for its start, in milliseconds.
    package var waiting = 86_400_000
    /// How long one start may run, in milliseconds; 0: as the service says of calls, else 60 s.
    package var running = 0

    package init() {}

    /// How long what is kept of the batch outlives its last news, in milliseconds: at least a week behind the end of its last call.
    var retention: Int { 7 * 86_400_000 + waiting + max(running, 60_000) }

    /// As it lies in the record.
    var text: String {
        var members: [String: JSONValue] = ["waiting": .integer(waiting), "running": .integer(running)]
        if let csv {
            members["csv"] = [
                "tool": .string(csv.tool), "service": csv.service.map { .string($0) } ?? .null,
                "arguments": csv.arguments.map { .string($0) } ?? .null, "id": csv.id.map { .string($0) } ?? .null,
            ]
        }
        return JSONValue.object(members).description
    }

    /// Reads ``text``; what is missing is as usual.
    init(_ text: String) {
        let json = JSONMembers.read(.init(string: text))
        waiting = json?["waiting"]?.integerValue?.plausible ?? waiting
        running = json?["running"]?.integerValue?.plausible ?? running
        guard let shape = json?["csv"], let tool = shape["tool"]?.stringValue else { return }
        csv = CallShape(
            tool: tool,
            service: shape["service"]?.stringValue,
            arguments: shape["arguments"]?.stringValue,
            id: shape["id"]?.stringValue
        )
    }
}
