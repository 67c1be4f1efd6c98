import MCPStore
import MCPStoreQueue
import NIOCore

/// Submits a call as a durable job.
struct JobSubmission {
    /// How long Redis may take to say that it has the job.
    private static let patience = Duration.seconds(30)

    private let request: JobRequest
    private let space: RESTSpace
    private let idempotencyKey: String?

    /// - Throws: ``Problem`` 400.
    init(_ call: RESTCall) throws(Problem) {
        request = try JobRequest(call.body)
        space = call.space
        idempotencyKey = call.idempotencyKey
    }

    /// The job, once it is durable.
    ///
    /// - Throws: ``MCPStoreError`` where it was refused, or where nobody can say whether it is queued.
    func submit() async throws -> RESTJob {
        let context = space.context
        let (name, service) = try space.visible(tool: request.tool, service: request.service)
        let prepared = try await context.prepare(name, request.arguments, service: service)
        let id = idempotencyKey.map { TaskID(record: prepared.record(key: $0)) } ?? TaskID()
        let record = space.principal.own(record: id.record)
        var before: DurableJob?
        if idempotencyKey != nil {
            before = try await context.durableJob(record)
            if let before, try isSame(before, prepared), before.end.map({ !prepared.mayFollow($0) }) ?? true {
                return try await RESTJob.find(id, space)
            }
        }
        let (lease, lane, timeout) = (space.lease, request.lane, request.timeout)
        // Before it is there, so that none is missing in the list; one that is refused has no record and is passed over there.
        try await context.note(prepared, id: id.text, lane: lane, of: space.principal.id)
        let pending = PendingAnswer {
            // The space stays open as long as this process waits for the job.
            defer { withExtendedLifetime(lease) {} }
            do throws(MCPStoreError) {
                try await context.run(prepared, record: record, timeout: timeout, lane: lane)
                return .success(.result(ByteBuffer()))
            } catch {
                return .failure(error)
            }
        }
        let end = ContinuousClock.now + Self.patience
        var pause = Duration.milliseconds(1)
        while ContinuousClock.now < end {
            let value = await pending.value(within: pause)
            if let job = await known(record), job.job != before?.job, try isSame(job, prepared) {
                await keep(id, prepared)
                return RESTJob(id: id, state: job)
            }
            if case .failure(let error)? = value { throw error }
            if value != nil { break }
            pause = min(pause * 2, .milliseconds(250))
        }
        throw MCPStoreError(.unknown, "Redis does not say whether the job \(id.text) is queued: ask for it later")
    }

    /// What is needed to go on when the server asks for input. A tool that is listed nowhere is not asked anything.
    private func keep(_ id: TaskID, _ prepared: PreparedCall) async {
        guard let name = space.listedNames()[ToolKey(service: prepared.service, tool: prepared.tool)] else { return }
        // The job is there, whatever becomes of this: it says then that what it was called with is not known.
        do throws(MCPStoreError) { _ = try await space.door.keep(id, name, prepared.parameters) } catch {}
    }

    /// What is known of a record now; `nil` also where Redis cannot be asked.
    private func known(_ record: String) async -> DurableJob? {
        do throws(MCPStoreError) { return try await space.context.durableJob(record) } catch { return nil }
    }

    /// - Throws: ``MCPStoreError`` (`rejected`) where the record is that of another call.
    private func isSame(_ job: DurableJob, _ prepared: PreparedCall) throws(MCPStoreError) -> Bool {
        guard job.hash == prepared.hash else {
            throw MCPStoreError(
                .rejected,
                "the idempotency key was used with other arguments, nothing was called: use another key"
            )
        }
        return true
    }
}
