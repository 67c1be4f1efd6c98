import MCPStore
import MCPStoreProtocol
import NIOCore

/// The requests that go through the queue to the server that has what they ask for.
extension FrontDoor {
    func callTool(_ request: ClientRequest, era: MCPEra, notify: @escaping Notify) async throws(ProtocolError) -> Reply {
        let parameters = try request.parameters()
        guard let name = parameters.string("name") else { throw .invalidParams("name is missing or no string") }
        if let arguments = parameters["arguments"], !arguments.isJSONObject {
            throw .invalidParams("arguments must be an object")
        }
        let rename: @Sendable (String) -> ByteBuffer = { own in
            Self.forwarded(request, parameters) { if own != name { $0["name"] = ByteBuffer(json: own) } }
        }
        if era == .modern, space.keepsTasks {
            let support = space.catalog().taskTools[name]
            if support == .required { try request.meta.checkTasks() }
            if request.meta.declares(extension: RequestMeta.tasksExtension) {
                return try await callDurably(name, request, support, notify: notify, parameters: rename)
            }
        }
        return try await forward(.tool(name), request, era: era, notify: notify, parameters: rename)
    }

    func getPrompt(_ request: ClientRequest, era: MCPEra, notify: @escaping Notify) async throws(ProtocolError) -> Reply {
        let parameters = try request.parameters()
        guard let name = parameters.string("name") else { throw .invalidParams("name is missing or no string") }
        return try await forward(.prompt(name), request, era: era, notify: notify) { own in
            Self.forwarded(request, parameters) { if own != name { $0["name"] = ByteBuffer(json: own) } }
        }
    }

    func readResource(_ request: ClientRequest, era: MCPEra, notify: @escaping Notify) async throws(ProtocolError) -> Reply {
        let parameters = try request.parameters()
        guard let uri = parameters.string("uri") else { throw .invalidParams("uri is missing or no string") }
        return try await forward(.resource(uri), request, era: era, notify: notify) { _ in
            Self.forwarded(request, parameters) { _ in }
        }
    }

    func complete(_ request: ClientRequest, era: MCPEra, notify: @escaping Notify) async throws(ProtocolError) -> Reply {
        let parameters = try request.parameters()
        let reference: RawObject
        do {
            guard let given = parameters["ref"] else { throw ProtocolError.invalidParams("ref is missing") }
            reference = try RawObject(given)
        } catch let error as ProtocolError {
            throw error
        } catch {
            throw .invalidParams("ref must be an object")
        }
        switch reference.string("type") {
        case "ref/prompt":
            guard let name = reference.string("name") else { throw .invalidParams("ref.name is missing or no string") }
            return try await forward(.promptCompletion(name), request, era: era, notify: notify) { own in
                Self.forwarded(request, parameters) { parameters in
                    guard own != name else { return }
                    var renamed = reference
                    renamed["name"] = ByteBuffer(json: own)
                    parameters["ref"] = renamed.encoded
                }
            }
        case "ref/resource":
            guard let uri = reference.string("uri") else { throw .invalidParams("ref.uri is missing or no string") }
            return try await forward(.templateCompletion(uri), request, era: era, notify: notify) { _ in
                Self.forwarded(request, parameters) { _ in }
            }
        default:
            throw .invalidParams("ref.type must be ref/prompt or ref/resource")
        }
    }

    // MARK: To the server

    /// The parameters as the server gets them: the client's own bytes, but for what `change` sets.
    private static func forwarded(
        _ request: ClientRequest,
        _ parameters: RawObject,
        _ change: (inout RawObject) -> Void
    ) -> ByteBuffer {
        guard let params = request.params else { return ByteBuffer(string: "{}") }
        var changed = parameters
        // Tasks are ours to give: a server's own could not be found again.
        let wantsTask = parameters["task"] != nil
        if wantsTask { changed["task"] = nil }
        let declaresTasks = request.meta.declares(extension: RequestMeta.tasksExtension)
        if declaresTasks { withoutTasks(&changed) }
        let before = changed.members.map(\.value)
        change(&changed)
        guard wantsTask || declaresTasks || changed.members.map(\.value) != before else { return params }
        return changed.encoded
    }

    /// Takes the extension out of what the client declares in `_meta`.
    private static func withoutTasks(_ parameters: inout RawObject) {
        func changing(_ object: inout RawObject, _ name: String, _ body: (inout RawObject) -> Void) {
            guard let value = object[name], value.isJSONObject else { return }
            do {
                var inner = try RawObject(value)
                body(&inner)
                object[name] = inner.encoded
            } catch {
                // It was read as an object when the request came.
                return
            }
        }
        changing(&parameters, "_meta") { meta in
            changing(&meta, RequestMeta.capabilitiesKey) { capabilities in
                changing(&capabilities, "extensions") { $0[RequestMeta.tasksExtension] = nil }
            }
        }
    }

    private func forward(
        _ subject: ForwardedSubject,
        _ request: ClientRequest,
        era: MCPEra,
        notify: @escaping Notify,
        parameters: (_ ownName: String) -> ByteBuffer
    ) async throws(ProtocolError) -> Reply {
        let listener = Self.listener(of: request, era: era, notify: notify)
        let answer: ForwardedAnswer
        do throws(MCPStoreError) {
            answer = try await space.forward(subject, task: nil, listener: listener, parameters: parameters)
        } catch {
            return try Refusals.reply(to: error, subject, request, self, era: era)
        }
        return try reply(answer, subject, request, era: era)
    }

    /// A server's answer as its client gets it.
    func reply(
        _ answer: ForwardedAnswer,
        _ subject: ForwardedSubject,
        _ request: ClientRequest,
        era: MCPEra
    ) throws(ProtocolError) -> Reply {
        switch answer {
        case .result(let result): try completed(result, subject, request, era: era)
        case .serverError(let error): Self.passed(error, request)
        }
    }

    // MARK: From the server

    private func completed(
        _ result: ByteBuffer,
        _ subject: ForwardedSubject,
        _ request: ClientRequest,
        era: MCPEra
    ) throws(ProtocolError) -> Reply {
        let head: ResultMembers.Head
        do { head = try ResultMembers.Head(result) } catch {
            throw ProtocolError(JSONRPCCode.internalError, "the server's result is no JSON object")
        }
        switch (head.type, era) {
        case (.complete, .legacy): return Reply(id: request.id, result: result)
        case (.complete, .modern), (.inputRequired, .modern):
            // State that the server wants back comes back with the next request, whatever gateway and worker it meets.
            let isCacheable = subject.method == "resources/read"
            let upgraded = ResultMembers.upgraded(result, head, serverInfo: serverInfo, isCacheable: isCacheable)
            return Reply(id: request.id, result: upgraded)
        case (.inputRequired, .legacy):
            let what =
                "the server asks for more input, which clients of revisions before \(ProtocolRevision.latest) cannot be asked for"
            let error = MCPStoreError(.rejected, what)
            return try Refusals.reply(to: error, subject, request, self, era: era)
        case (.task, _), (.other, _):
            throw ProtocolError(JSONRPCCode.internalError, "the server answered with a kind of result that was not asked for")
        }
    }

    /// A server's error as it came.
    private static func passed(_ error: ByteBuffer, _ request: ClientRequest) -> Reply {
        var code: Int?
        do {
            try error.withJSONMembers { (key, value) throws(JSONError) in
                if key.equals("code") { code = value.integer }
            }
        } catch {
            code = nil
        }
        guard let code else {
            return Reply(id: request.id, error: ProtocolError(JSONRPCCode.internalError, "the server's error is unreadable"))
        }
        return Reply(id: request.id, error: error, code: code)
    }
}
