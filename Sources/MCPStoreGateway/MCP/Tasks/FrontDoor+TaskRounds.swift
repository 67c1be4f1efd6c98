import MCPStore
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// Tasks that ask for input. Each time a server has been told what it wanted to know the call is a new job, as a client of its own
/// would make it (2026-07-28, "Multi round-trip requests"); the task is all of them.
///
/// The record of each round follows from the one before it, and all that is needed to go on lies in the records: so any gateway can take
/// an answer, and what one that died did not do the next one that is asked does. Two at once make one job of it.
extension FrontDoor {
    /// More rounds than that are none that anybody wants.
    private static let mostRounds = 64
    private static let toolField = "tool"
    private static let paramsField = "params"
    private static let cancelledField = "cancelled"

    /// Keeps what a task needs to go on, where its call is in Redis and has not ended.
    ///
    /// - Parameter params: As the client sent them.
    /// - Returns: Whether it is a task now.
    func becomesTask(_ id: TaskID, _ tool: String, _ params: ByteBuffer) async -> Bool {
        do throws(MCPStoreError) {
            guard case .working? = try await space.task(id.record) else { return false }
            return try await keep(id, tool, params)
        } catch {
            return false
        }
    }

    /// Keeps what a durable call needs to go on when its server asks for input.
    ///
    /// - Parameter tool: The name under which it is listed.
    /// - Returns: Whether there is such a call.
    func keep(_ id: TaskID, _ tool: String, _ params: ByteBuffer) async throws(MCPStoreError) -> Bool {
        let fields = [(name: Self.toolField, value: ByteBuffer(string: tool)), (name: Self.paramsField, value: params)]
        return try await space.setTaskFields(fields, of: id.record)
    }

    /// What has become of a task.
    ///
    /// - Returns: `nil` where there is none.
    func view(of id: TaskID) async throws(ProtocolError) -> TaskView? {
        do throws(MCPStoreError) { return try await rounds(of: id) } catch { throw Self.failed(error) }
    }

    private func rounds(of id: TaskID) async throws(MCPStoreError) -> TaskView? {
        var record = id.record
        guard var state = try await space.task(record) else { return nil }
        for round in 0..<Self.mostRounds {
            let asked: InputRound
            switch state {
            case .working: return TaskView(.working, record: record)
            case .cancelled(let finished): return TaskView(.cancelled, record: record, updated: finished)
            case .failed(let error, let finished): return TaskView(.failed(error), record: record, updated: finished)
            case .answered(let answer, let finished):
                guard case .result(let result) = answer, let input = InputRound(result, round: round) else {
                    return TaskView(.answered(answer), record: record, updated: finished)
                }
                asked = input
                let fields = try await space.taskFields([Self.cancelledField] + input.questions.map(\.field), of: record)
                if let cancelled = fields.first ?? nil {
                    return TaskView(.cancelled, record: record, updated: Int(String(buffer: cancelled)) ?? finished)
                }
                let open = zip(input.questions, fields.dropFirst()).filter { $0.1 == nil }.map { $0.0 }
                guard open.isEmpty else { return TaskView(.inputRequired(open), record: record, updated: finished) }
            }
            let next = Self.next(after: record)
            if let known = try await space.task(next) {
                state = known
            } else {
                return try await goOn(id, record, asked, next)
            }
            record = next
        }
        return TaskView(.failed(MCPStoreError(.rejected, "the server asked \(Self.mostRounds) times for input")), record: record)
    }

    /// The record of the round after the one of `record`.
    private static func next(after record: String) -> String {
        Job.record(service: "", method: "task", name: "next", key: record)
    }

    /// Keeps answers, and goes on where nothing is open any more.
    func answer(
        _ id: TaskID,
        _ view: TaskView,
        _ open: [TaskQuestion],
        _ responses: RawObject
    ) async throws(ProtocolError) {
        let fields = open.compactMap { question -> (name: String, value: ByteBuffer)? in
            guard let response = responses[question.shownKey], response.isJSONObject else { return nil }
            return (question.field, response)
        }
        guard !fields.isEmpty else { return }
        do throws(MCPStoreError) {
            guard try await space.setTaskFields(fields, of: view.record) else {
                throw MCPStoreError(.rejected, "its time is over")
            }
            if fields.count == open.count { _ = try await rounds(of: id) }
        } catch {
            throw Self.failed(error)
        }
    }

    /// Ends a task that waits for input: nothing runs that could be cancelled.
    func giveUp(_ view: TaskView) async throws(ProtocolError) {
        let now = ByteBuffer(string: String(TaskID().created * 1000))
        do throws(MCPStoreError) {
            _ = try await space.setTaskFields([(name: Self.cancelledField, value: now)], of: view.record)
        } catch {
            throw Self.failed(error)
        }
    }

    /// Makes the job of the next round.
    private func goOn(
        _ id: TaskID,
        _ record: String,
        _ asked: InputRound,
        _ next: String
    ) async throws(MCPStoreError) -> TaskView {
        let kept = try await space.taskFields([Self.toolField, Self.paramsField], of: id.record)
        let answers = try await space.taskFields(asked.questions.map(\.field), of: record)
        guard kept.count == 2, let tool = kept[0], let params = kept[1], let again = asked.answered(params, answers) else {
            let what = "the server asks for input, and what it was called with is not known any more"
            return TaskView(.failed(MCPStoreError(.rejected, what)), record: record)
        }
        let name = String(buffer: tool)
        let pending = PendingAnswer { [space] in
            do throws(MCPStoreError) {
                return .success(
                    try await space.forward(.tool(name), task: next, listener: nil) { own in
                        Self.renamed(again, name, own)
                    }
                )
            } catch {
                return .failure(error)
            }
        }
        // Acknowledged when it is durable.
        for _ in 0..<250 {
            let value = await pending.value(within: .milliseconds(20))
            if try await space.task(next) != nil { break }
            if case .failure(let error)? = value { return TaskView(.failed(error), record: next) }
        }
        return TaskView(.working, record: next)
    }

    private static func renamed(_ params: RawObject, _ name: String, _ own: String) -> ByteBuffer {
        var params = params
        if own != name { params["name"] = ByteBuffer(json: own) }
        return params.encoded
    }
}
