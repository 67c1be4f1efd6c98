import MCPStoreProtocol
import NIOCore

/// `notifications/tasks` on a `subscriptions/listen` stream: each new state of the tasks that a client names, as a whole.
extension FrontDoor {
    /// More of them a client polls for.
    private static let mostListenedTasks = 100

    /// The tasks that a client wants to hear of; those that it does not have are left out.
    func listenedTasks(_ request: ClientRequest, _ wanted: RawObject) async throws(ProtocolError) -> [TaskID] {
        guard let given = wanted["taskIds"] else { return [] }
        guard space.keepsTasks else { return [] }
        try request.meta.checkTasks()
        var texts: [String] = []
        do {
            try given.withJSONElements { (value) throws(JSONError) in if let text = value.string { texts.append(text) } }
        } catch {
            throw .invalidParams("taskIds must be an array")
        }
        guard texts.count <= Self.mostListenedTasks else {
            throw .invalidParams("taskIds has \(texts.count) ids, at most \(Self.mostListenedTasks) are taken")
        }
        var tasks: [TaskID] = []
        for text in texts {
            guard let id = TaskID(text), !tasks.contains(id), try await view(of: id) != nil else { continue }
            tasks.append(id)
        }
        return tasks
    }

    /// Tells of each new state until all tasks are over; also of one that they came to before anybody listened.
    func follow(_ tasks: [TaskID], _ tag: ByteBuffer, _ notify: @escaping Notify) async {
        var marks: [String: String] = [:]
        var open = tasks
        while !open.isEmpty, !Task.isCancelled {
            var still: [TaskID] = []
            for id in open {
                do throws(ProtocolError) {
                    // Its time can be over meanwhile.
                    guard let view = try await view(of: id) else { continue }
                    if view.mark != marks[id.text, default: "working"] { notify(try notification(id, view, tag)) }
                    marks[id.text] = view.mark
                    if !view.isOver { still.append(id) }
                } catch {
                    // Redis is away: it is asked again.
                    still.append(id)
                }
            }
            open = still
            do { try await Task.sleep(for: .milliseconds(options.pollInterval)) } catch { return }
        }
    }

    private func notification(_ id: TaskID, _ view: TaskView, _ tag: ByteBuffer) throws(ProtocolError) -> ByteBuffer {
        var params = try detailed(id, view)
        // A notification is no result.
        params["resultType"] = nil
        params["_meta"] = tag
        return Notification.message("notifications/tasks", params: params.encoded)
    }
}
