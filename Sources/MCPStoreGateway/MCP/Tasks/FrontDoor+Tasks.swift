import MCPStore
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// Tasks (`io.modelcontextprotocol/tasks`): a call that outlives the time that a client is kept waiting is answered with a task.
///
/// The call was made with a durable record from its beginning; the task's id names that record. So any gateway can say what has
/// become of it, also after the one that made it, the worker and the client are gone.
extension FrontDoor {
    func callDurably(
        _ name: String,
        _ request: ClientRequest,
        notify: @escaping Notify,
        parameters: @escaping @Sendable (_ ownName: String) -> ByteBuffer
    ) async throws(ProtocolError) -> Reply {
        let id = TaskID()
        let subject = ForwardedSubject.tool(name)
        let progress = Self.progress(of: request, notify: notify)
        let pending = PendingAnswer { [space] in
            do throws(MCPStoreError) {
                return .success(
                    try await space.forward(subject, task: id.record, onProgress: progress, parameters: parameters)
                )
            } catch {
                return .failure(error)
            }
        }
        var value = await pending.value(within: options.taskAfter)
        if value == nil {
            // Durable before the reply: what is not in Redis yet is no task.
            if let state = await known(id), case .working = state { return reply(to: request, task(id, .working)) }
            value = await pending.value(within: nil)
        }
        switch value {
        case .success(let answer)?: return try reply(answer, subject, request, era: .modern)
        case .failure(let error)?: return try Refusals.reply(to: error, subject, request, self, era: .modern)
        case nil: throw ProtocolError(JSONRPCCode.internalError, "the call was given up")
        }
    }

    /// What is known of a task now; `nil` also where Redis cannot be asked.
    private func known(_ id: TaskID) async -> TaskState? {
        do throws(MCPStoreError) { return try await space.task(id.record) } catch { return nil }
    }

    func getTask(_ request: ClientRequest) async throws(ProtocolError) -> Reply {
        let id = try taskID(of: request)
        let state: TaskState?
        do throws(MCPStoreError) { state = try await space.task(id.record) } catch {
            throw ProtocolError(JSONRPCCode.internalError, error.message, data: Refusals.data(error))
        }
        guard let state else { throw Self.unknownTask }
        var object = task(id, state)
        object["resultType"] = ByteBuffer(json: "complete")
        switch state {
        case .working, .cancelled: break
        case .answered(.result(let result), _) where Self.asksForInput(result):
            object["status"] = ByteBuffer(json: "failed")
            object["error"] = ProtocolError(JSONRPCCode.internalError, "the server asks for input, which a task cannot give").json
        case .answered(let answer, _):
            try Self.copy(from: try reply(answer, .tool(""), request, era: .modern), into: &object)
        case .failed(let error, _):
            try Self.copy(from: try Refusals.reply(to: error, .tool(""), request, self, era: .modern), into: &object)
        }
        return reply(to: request, object)
    }

    /// Only tasks that ask for input take some, and ours do not: acknowledged, without effect.
    func updateTask(_ request: ClientRequest) async throws(ProtocolError) -> Reply {
        let id = try taskID(of: request)
        guard await known(id) != nil else { throw Self.unknownTask }
        return result(request, era: .modern, ByteBuffer())
    }

    func cancelTask(_ request: ClientRequest) async throws(ProtocolError) -> Reply {
        let id = try taskID(of: request)
        let isKnown: Bool
        do throws(MCPStoreError) { isKnown = try await space.cancelTask(id.record) } catch {
            throw ProtocolError(JSONRPCCode.internalError, error.message, data: Refusals.data(error))
        }
        guard isKnown else { throw Self.unknownTask }
        return result(request, era: .modern, ByteBuffer())
    }

    // MARK: On the wire

    private static let unknownTask = ProtocolError.invalidParams("there is no such task: it never was, or its time is over")

    private func taskID(of request: ClientRequest) throws(ProtocolError) -> TaskID {
        guard space.keepsTasks else { throw .methodNotFound(request.method) }
        try request.meta.checkTasks()
        guard let text = try request.parameters().string("taskId") else { throw .invalidParams("taskId is missing or no string") }
        guard let id = TaskID(text) else { throw Self.unknownTask }
        return id
    }

    private func reply(to request: ClientRequest, _ task: RawObject) -> Reply {
        Reply(id: request.id, result: task.encoded)
    }

    /// A task as it is written, flat.
    private func task(_ id: TaskID, _ state: TaskState) -> RawObject {
        var (status, updated) = ("working", id.created * 1000)
        switch state {
        case .working: break
        case .answered(.result, let finished), .failed(_, let finished): (status, updated) = ("completed", finished)
        case .answered(.serverError, let finished): (status, updated) = ("failed", finished)
        case .cancelled(let finished): (status, updated) = ("cancelled", finished)
        }
        var object = RawObject()
        object["resultType"] = ByteBuffer(json: "task")
        object["taskId"] = ByteBuffer(json: id.text)
        object["status"] = ByteBuffer(json: status)
        object["createdAt"] = ByteBuffer(json: ISO8601.text(id.created * 1000))
        object["lastUpdatedAt"] = ByteBuffer(json: ISO8601.text(max(updated, id.created * 1000)))
        object["ttlMs"] = ByteBuffer(string: String(StoreContext.taskRetention))
        object["pollIntervalMs"] = ByteBuffer(string: String(options.pollInterval))
        var meta = RawObject()
        meta[RequestMeta.serverInfoKey] = serverInfo
        object["_meta"] = meta.encoded
        return object
    }

    private static func asksForInput(_ result: ByteBuffer) -> Bool {
        do { return try ResultMembers.Head(result).type == .inputRequired } catch { return false }
    }

    /// Takes `result` or `error` of a reply.
    private static func copy(from reply: Reply, into object: inout RawObject) throws(ProtocolError) {
        do {
            let message = try RawObject(reply.message)
            for member in ["result", "error"] { if let value = message[member] { object[member] = value } }
        } catch {
            throw ProtocolError(JSONRPCCode.internalError, "the answer of the task is unreadable")
        }
    }
}
