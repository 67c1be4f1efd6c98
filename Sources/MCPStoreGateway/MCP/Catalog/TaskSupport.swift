import MCPStoreProtocol
import NIOCore

/// What a tool says of its calls: `execution.taskSupport`, as servers list it since 2025-11-25.
enum TaskSupport: String, Sendable {
    /// A call that is not answered soon becomes a task.
    case optional
    /// Only clients that know tasks can call it (where there is nothing but an answer, as before 2026-07-28, it is called all the same).
    case required

    /// - Parameter tool: The tool as its server lists it.
    init?(tool: ByteBuffer) {
        var support: String?
        do {
            try tool.withJSONMembers { (key, value) throws(JSONError) in
                guard key.equals("execution"), value.isObject else { return }
                try value.members { (key, value) throws(JSONError) in
                    if key.equals("taskSupport") { support = value.string }
                }
            }
        } catch {
            // It was read as an object when it came into the snapshot.
            return nil
        }
        guard let support, let known = Self(rawValue: support) else { return nil }
        self = known
    }
}
