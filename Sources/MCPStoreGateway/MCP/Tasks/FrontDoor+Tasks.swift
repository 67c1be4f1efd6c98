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
        _ support: TaskSupport?,
        notify: @escaping Notify,
        parameters: @escaping @Sendable (_ ownName: String) -> ByteBuffer
    ) async throws(ProtocolError) -> Reply {
        let id = TaskID()
        let subject = ForwardedSubject.tool(name)
        let listener = Self.listener(of: request, era: .modern, notify: notify)
        let pending = PendingAnswer { [space] in
            do throws(MCPStoreError) {
                return .success(
                    try await space.forward(subject, task: id.record, listener: listener, parameters: parameters)
                )
            } catch {
                return .failure(error)
            }
        }
        let patience = support == nil ? options.taskAfter : min(options.taskAfter, options.supportedTaskAfter)
        var value = await pending.value(within: patience)
        var pause = Duration.milliseconds(50)
        while value == nil, !Task.isCancelled {
            // Durable before the reply: what is not in Redis yet is no task, but may be one in a moment.
            if await becomesTask(id, name, parameters(name)) {
                var created = task(id, TaskView(.working, of: id))
                // The core specification knows of no other result of `tools/call` than one with content: who checks what passes by its
                // schema lets the task pass.
                created["content"] = ByteBuffer(string: "[]")
                return reply(to: request, created)
            }
            value = await pending.value(within: pause)
            pause = min(pause * 2, .seconds(2))
        }
        // Taken back: its end comes.
        if value == nil { value = await pending.value(within: nil) }
        switch value {
        case .success(let answer)?: return try reply(answer, subject, request, era: .modern)
        case .failure(let error)?: return try Refusals.reply(to: error, subject, request, self, era: .modern)
        case nil: throw ProtocolError(JSONRPCCode.internalError, "the call was given up")
        }
    }

    func getTask(_ request: ClientRequest) async throws(ProtocolError) -> Reply {
        let id = try taskID(of: request)
        guard let view = try await view(of: id) else { throw Self.unknownTask }
        return reply(to: request, try detailed(id, view))
    }

    /// Answers to what a task asks for. What it does not ask for, or not any more, is passed over.
    func updateTask(_ request: ClientRequest) async throws(ProtocolError) -> Reply {
        let id = try taskID(of: request)
        guard let given = try request.parameters()["inputResponses"] else { throw .invalidParams("inputResponses is missing") }
        let responses: RawObject
        do { responses = try RawObject(given) } catch { throw .invalidParams("inputResponses must be an object") }
        guard let view = try await view(of: id) else { throw Self.unknownTask }
        if case .inputRequired(let open) = view.state {
            try await answer(id, view, open, responses)
        }
        return result(request, era: .modern, ByteBuffer())
    }

    func cancelTask(_ request: ClientRequest) async throws(ProtocolError) -> Reply {
        let id = try taskID(of: request)
        guard let view = try await view(of: id) else { throw Self.unknownTask }
        if case .inputRequired = view.state {
            try await giveUp(view)
        } else {
            do throws(MCPStoreError) { _ = try await space.cancelTask(view.record) } catch { throw Self.failed(error) }
        }
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
    private func task(_ id: TaskID, _ view: TaskView) -> RawObject {
        var object = RawObject()
        object["resultType"] = ByteBuffer(json: "task")
        object["taskId"] = ByteBuffer(json: id.text)
        object["status"] = ByteBuffer(json: view.status)
        object["createdAt"] = ByteBuffer(json: ISO8601.text(id.created * 1000))
        object["lastUpdatedAt"] = ByteBuffer(json: ISO8601.text(max(view.updated, id.created * 1000)))
        object["ttlMs"] = ByteBuffer(string: String(StoreContext.taskRetention))
        object["pollIntervalMs"] = ByteBuffer(string: String(options.pollInterval))
        var meta = RawObject()
        meta[RequestMeta.serverInfoKey] = serverInfo
        object["_meta"] = meta.encoded
        return object
    }

    /// A task with what it came to, or asks for.
    func detailed(_ id: TaskID, _ view: TaskView) throws(ProtocolError) -> RawObject {
        var object = task(id, view)
        object["resultType"] = ByteBuffer(json: "complete")
        let nobody = try Self.nobodysRequest()
        switch view.state {
        case .working, .cancelled: break
        case .inputRequired(let open):
            var requests = RawObject()
            for asked in open { requests[asked.shownKey] = asked.request }
            object["inputRequests"] = requests.encoded
        case .answered(let answer): try Self.copy(from: try reply(answer, .tool(""), nobody, era: .modern), into: &object)
        case .failed(let error):
            do throws(ProtocolError) {
                try Self.copy(from: try Refusals.reply(to: error, .tool(""), nobody, self, era: .modern), into: &object)
            } catch {
                object["status"] = ByteBuffer(json: "failed")
                object["error"] = error.json
            }
        }
        return object
    }

    /// What a result is written for that is taken out of its reply again.
    private static func nobodysRequest() throws(ProtocolError) -> ClientRequest {
        do { return try ClientRequest(id: ByteBuffer(string: "0"), method: "tasks/get", params: nil) } catch {
            throw ProtocolError(JSONRPCCode.internalError, "\(error)")
        }
    }

    static func failed(_ error: MCPStoreError) -> ProtocolError {
        ProtocolError(JSONRPCCode.internalError, error.message, data: Refusals.data(error))
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
