import MCPStoreProtocol
import NIOCore

/// `subscriptions/listen`: changes of the lists, from the registry's changes stream; nobody is asked.
extension FrontDoor {
    func listen(_ request: ClientRequest, notify: @escaping Notify) async throws(ProtocolError) -> Reply {
        let wanted: RawObject
        do {
            guard let given = try request.parameters()["notifications"] else {
                throw ProtocolError.invalidParams("notifications is missing")
            }
            wanted = try RawObject(given)
        } catch let error as ProtocolError {
            throw error
        } catch {
            throw .invalidParams("notifications must be an object")
        }
        let tasks = try await listenedTasks(request, wanted)
        let kinds = ListChange.all.filter { wanted[$0.filter]?.isJSONTrue == true }
        // Before the acknowledgement, so that nothing is missed between the two.
        var known = space.catalog()
        guard let changes = subscriptions.follow(space.changes(), by: principal) else {
            throw ProtocolError(JSONRPCCode.internalError, "too many subscriptions are open: try again later")
        }
        let tag = ByteBuffer(string: "{\"\(RequestMeta.subscriptionKey)\":" + String(buffer: request.id) + "}")
        notify(acknowledgement(kinds, tasks, tag))
        let following = tasks.isEmpty ? nil : Task { await follow(tasks, tag, notify) }
        defer { following?.cancel() }
        for await _ in changes {
            let now = space.catalog()
            for kind in kinds where !kind.lists.allSatisfy({ now.lists($0, like: known) }) {
                var params = RawObject()
                params["_meta"] = tag
                notify(Notification.message(kind.method, params: params.encoded))
            }
            known = now
        }
        // In order: the gateway drains. After a client that left nobody reads it.
        var result = RawObject()
        result["resultType"] = ByteBuffer(json: "complete")
        result["_meta"] = tag
        return Reply(id: request.id, result: result.encoded)
    }

    private func acknowledgement(_ kinds: [ListChange], _ tasks: [TaskID], _ tag: ByteBuffer) -> ByteBuffer {
        var honoured = RawObject()
        for kind in kinds { honoured[kind.filter] = ByteBuffer(string: "true") }
        if !tasks.isEmpty {
            let ids = tasks.map { "\"\($0.text)\"" }.joined(separator: ",")
            honoured["taskIds"] = ByteBuffer(string: "[\(ids)]")
        }
        var params = RawObject()
        params["_meta"] = tag
        params["notifications"] = honoured.encoded
        return Notification.message("notifications/subscriptions/acknowledged", params: params.encoded)
    }
}

/// One kind of change that clients can be told of.
struct ListChange: Sendable {
    /// The member of the filter that asks for it.
    let filter: String
    /// The notification.
    let method: String
    let lists: [CatalogList]

    static let all = [
        ListChange(filter: "toolsListChanged", method: "notifications/tools/list_changed", lists: [.tools]),
        ListChange(filter: "promptsListChanged", method: "notifications/prompts/list_changed", lists: [.prompts]),
        ListChange(
            filter: "resourcesListChanged",
            method: "notifications/resources/list_changed",
            lists: [.resources, .templates]
        ),
    ]
}
