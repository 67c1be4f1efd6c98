import MCPStore
import MCPStoreProtocol
import NIOCore

/// The body of a job that is submitted.
struct JobRequest: Sendable {
    let tool: String
    /// A raw JSON object; empty where there is none.
    let arguments: ByteBuffer
    let service: String?
    let lane: CallLane
    let timeout: Duration?

    /// - Throws: ``Problem`` 400.
    init(_ body: ByteBuffer) throws(Problem) {
        let members: RawObject
        do { members = try RawObject(body) } catch {
            throw Problem(400, "invalidBody", "the body is no JSON object: \(error)")
        }
        let known = ["tool", "arguments", "service", "lane", "timeoutMs"]
        if let other = members.members.first(where: { !known.contains($0.name) }) {
            let names = known.joined(separator: ", ")
            throw Self.invalid("there is no member '\(other.name.oneLine.prefix(60))': there are \(names)")
        }
        guard let tool = members.string("tool"), !tool.isEmpty else { throw Self.invalid("'tool' must be the name of a tool") }
        self.tool = tool
        arguments = members["arguments"] ?? ByteBuffer()
        if members["arguments"] != nil, !arguments.isJSONObject { throw Self.invalid("'arguments' must be an object") }
        service = members.string("service")
        if members["service"] != nil, service == nil { throw Self.invalid("'service' must be a name") }
        guard let lane = CallLane(members["lane"] == nil ? "interactive" : members.string("lane") ?? "") else {
            throw Self.invalid("'lane' must be interactive or batch")
        }
        self.lane = lane
        timeout = try members["timeoutMs"].map { value throws(Problem) -> Duration in
            guard let milliseconds = Self.integer(value), milliseconds > 0 else {
                throw Self.invalid("'timeoutMs' must be a whole number of milliseconds")
            }
            return .milliseconds(milliseconds)
        }
    }

    private static func integer(_ value: ByteBuffer) -> Int? {
        do { return try value.withJSONValue { (value) throws(JSONError) in value.integer } } catch { return nil }
    }

    private static func invalid(_ detail: String) -> Problem { Problem(400, "invalidBody", detail) }
}
