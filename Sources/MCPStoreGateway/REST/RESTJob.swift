import MCPStore
import MCPStoreQueue
import NIOCore

/// A durable call as the REST API shows it.
struct RESTJob: Sendable {
    let id: TaskID
    let state: DurableJob

    static let unknown = Problem(404, "unknownJob", "there is no such job: it never was, it is another's, or its time is over")

    /// - Throws: ``Problem`` 404 for what is no id.
    static func id(_ text: String) throws(Problem) -> TaskID {
        guard let id = TaskID(text) else { throw unknown }
        return id
    }

    /// What has become of a job of the principal.
    ///
    /// - Throws: ``Problem`` 404, ``MCPStoreError``.
    static func find(_ id: TaskID, _ space: RESTSpace) async throws -> RESTJob {
        guard let state = try await space.context.durableJob(space.principal.own(record: id.record)) else { throw unknown }
        return RESTJob(id: id, state: state)
    }

    private var status: String {
        guard let end = state.end else { return "working" }
        if end.error == nil { return "completed" }
        return end.error?.code == .cancelled ? "cancelled" : "failed"
    }

    /// As JSON, the result as the server sent it.
    var json: ByteBuffer {
        var members: [String: JSONValue] = [
            "id": .string(id.text), "status": .string(status), "service": .string(state.service), "job": .string(state.job),
        ]
        // The id of an idempotency key does not say when it was used.
        if id.created > 0 { members["created"] = .string(ISO8601.text(id.created.plausible * 1000)) }
        guard let end = state.end else { return JSONValue.object(members).buffer }
        var report = JSONOutput.report(end.report)
        for unknown in ["tool", "returned_us"] { report[unknown] = nil }
        members.merge(report) { first, _ in first }
        members["finished"] = .string(ISO8601.text(end.finished))
        if let error = end.error { members["error"] = JSONOutput.error(error)["error"] }
        var text = JSONValue.object(members).buffer
        guard case .result(let result)? = end.answer else { return text }
        text.moveWriterIndex(to: text.writerIndex - 1)
        text.writeStaticString(",\"result\":")
        text.writeImmutableBuffer(result)
        text.writeStaticString("}")
        return text
    }
}
