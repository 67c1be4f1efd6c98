import MCPStore
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// A durable call as the REST API shows it.
struct RESTJob: Sendable {
    let id: TaskID
    /// Of its last round: a server may ask for input, and is called again with it.
    let state: DurableJob
    /// What its server asks for, and was not answered.
    var questions: [TaskQuestion]?
    /// It was given up while its server waited for answers.
    var isGivenUp = false

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
        guard case .result(let result)? = state.end?.answer, InputRound(result, round: 0) != nil else {
            return RESTJob(id: id, state: state)
        }
        guard let view = try await view(of: id, space) else { throw unknown }
        let last = view.record == id.record ? state : try await space.context.durableJob(space.principal.own(record: view.record))
        var job = RESTJob(id: id, state: last ?? state)
        if case .inputRequired(let open) = view.state { job.questions = open }
        if case .cancelled = view.state, job.state.end?.error == nil { job.isGivenUp = true }
        return job
    }

    private static func view(of id: TaskID, _ space: RESTSpace) async throws(MCPStoreError) -> TaskView? {
        do throws(ProtocolError) { return try await space.door.view(of: id) } catch {
            throw MCPStoreError(.redis, error.message)
        }
    }

    /// Answers to what the server asks for.
    ///
    /// - Parameter responses: By the names of the questions; what was not asked is passed over.
    /// - Throws: ``Problem`` 404 and 409, ``MCPStoreError``.
    static func answer(_ id: TaskID, _ responses: RawObject, _ space: RESTSpace) async throws -> RESTJob {
        let job = try await find(id, space)
        guard job.questions != nil, let view = try await view(of: id, space), case .inputRequired(let open) = view.state else {
            throw Problem(409, "conflict", "the job asks for nothing: its status is \(job.status)")
        }
        let names = open.map(\.shownKey)
        guard responses.members.contains(where: { names.contains($0.name) && $0.value.isJSONObject }) else {
            throw Problem(400, "invalidBody", "'inputResponses' must have an object for one of: \(names.joined(separator: ", "))")
        }
        do throws(ProtocolError) { try await space.door.answer(id, view, open, responses) } catch {
            throw MCPStoreError(.redis, error.message)
        }
        return try await find(id, space)
    }

    /// Takes it back; one that has ended stays as it is.
    ///
    /// - Throws: ``Problem`` 404, ``MCPStoreError``.
    static func cancel(_ id: TaskID, _ space: RESTSpace) async throws -> RESTJob {
        let job = try await find(id, space)
        if let view = job.state.end?.error == nil ? try await view(of: id, space) : nil {
            if case .inputRequired = view.state {
                do throws(ProtocolError) { try await space.door.giveUp(view) } catch {
                    throw MCPStoreError(.redis, error.message)
                }
            } else {
                _ = try await space.context.cancelTask(space.principal.own(record: view.record))
            }
        }
        return try await find(id, space)
    }

    /// Whether nothing changes any more unless somebody does something.
    var isSettled: Bool { state.end != nil }

    private var status: String {
        if isGivenUp { return "cancelled" }
        if questions != nil { return "input_required" }
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
        if questions != nil || isGivenUp { members["outcome"] = nil }
        var text = JSONValue.object(members).buffer
        if isGivenUp { return text }
        if let questions {
            var requests = RawObject()
            for question in questions { requests[question.shownKey] = question.request }
            return text.adding("inputRequests", requests.encoded)
        }
        guard case .result(let result)? = end.answer else { return text }
        return text.adding("result", result)
    }
}

extension ByteBuffer {
    /// A JSON object with one raw member more.
    fileprivate mutating func adding(_ name: StaticString, _ value: ByteBuffer) -> ByteBuffer {
        moveWriterIndex(to: writerIndex - 1)
        writeStaticString(",\"")
        writeStaticString(name)
        writeStaticString("\":")
        writeImmutableBuffer(value)
        writeStaticString("}")
        return self
    }
}
