import NIOCore

/// One place in which a tool differs from what was approved.
package struct ToolDifference: Sendable, Hashable {
    /// Such as `inputSchema.properties.city.type`.
    package var path: String
    /// JSON in one line; `nil` where there was nothing.
    package var old: String?
    /// JSON in one line; `nil` where there is nothing any more.
    package var new: String?

    /// Compares two tools as they are approved.
    package static func between(_ old: ByteBuffer, _ new: ByteBuffer) -> [ToolDifference] {
        guard old != new else { return [] }
        var found: [ToolDifference] = []
        if let old = JSONMembers.read(old), let new = JSONMembers.read(new) { compare(old, new, "", &found) }
        // What JSON values do not tell apart, such as two members of one name, is shown as it was written.
        return found.isEmpty ? [ToolDifference(path: "", old: String(buffer: old), new: String(buffer: new))] : found
    }

    private static func compare(_ old: JSONValue?, _ new: JSONValue?, _ path: String, _ found: inout [ToolDifference]) {
        guard old != new else { return }
        if let before = old?.objectValue, let after = new?.objectValue {
            for name in Set(before.keys).union(after.keys).sorted() {
                compare(before[name], after[name], path.isEmpty ? name : "\(path).\(name)", &found)
            }
        } else {
            found.append(ToolDifference(path: path, old: old?.description, new: new?.description))
        }
    }
}
