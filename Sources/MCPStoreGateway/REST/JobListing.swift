import MCPStore
import MCPStoreQueue

/// `GET jobs`: the jobs that a principal has left behind, or, for who operates the space, all that lie in its lanes.
struct JobListing {
    /// Jobs of a principal that are looked at in one step, and the most steps of one request: what is not meant costs as well.
    private static let step = 200
    private static let mostSteps = 5

    private let space: RESTSpace
    private let filter: JobFilter
    private let limit: Int
    private let cursor: String?

    /// - Throws: ``Problem`` 400.
    init(_ call: RESTCall) throws(Problem) {
        space = call.space
        if let service = call.query.text("service"), !Name.isValid(service) {
            throw Problem(400, "invalidQuery", "'\(service.oneLine.prefix(60))' is no name of a service")
        }
        filter = JobFilter(
            service: call.query.text("service"),
            tool: call.query.text("tool"),
            state: call.query.text("state").flatMap { ListedJob.State(rawValue: $0) }
        )
        limit = call.query.count("limit") ?? 100
        cursor = call.query.text("cursor")
    }

    /// Those that lie in the lanes, whoever sent them.
    ///
    /// - Throws: ``Problem`` 400 and 403, ``MCPStoreError``.
    func everybodys() async throws -> JSONValue {
        guard let name = Space(space.context.store.space) else { throw Problem(404, "invalidName", "there is no such space") }
        try space.principal.check(.operate, in: name)
        let place = try cursor.map { text throws(Problem) in
            guard let place = JobPlace(text) else { throw Self.wrongCursor }
            return place
        }
        let page = try await space.context.liveJobs(filter, after: place, limit: limit)
        let names = space.principal.tools == nil ? nil : space.listedNames()
        let jobs = page.jobs.filter { names?[ToolKey(service: $0.lane.service.name, tool: $0.tool)] != nil || names == nil }
        return answer(jobs.map { json($0, id: ownID(of: $0)) }, next: page.next?.text)
    }

    /// Those of the principal.
    ///
    /// - Throws: ``Problem`` 400, ``MCPStoreError``.
    func own() async throws -> JSONValue {
        var last: (submitted: Int, id: String)?
        if let cursor {
            let parts = cursor.split(separator: ".", maxSplits: 1).map(String.init)
            guard parts.count == 2, let submitted = Int(parts[0]), TaskID(parts[1]) != nil else { throw Self.wrongCursor }
            last = (submitted, parts[1])
        }
        let principal = space.principal
        var found: [JSONValue] = []
        for _ in 0..<Self.mostSteps {
            let jobs = try await space.context.submittedJobs(of: principal.id, after: last, limit: Self.step) { id in
                TaskID(id).map { principal.own(record: $0.record) }
            }
            for (job, state) in jobs {
                last = (job.submitted, job.id)
                guard let state, isMeant(state) else { continue }
                found.append(json(state, id: job.id))
                if found.count == limit { return answer(found, next: "\(job.submitted).\(job.id)") }
            }
            if jobs.count < Self.step { return answer(found, next: nil) }
        }
        return answer(found, next: last.map { "\($0.submitted).\($0.id)" })
    }

    private static let wrongCursor = Problem(
        400,
        "invalidQuery",
        "the cursor is none of this list: take 'next' of the page before"
    )

    private func isMeant(_ job: ListedJob) -> Bool {
        (filter.service ?? job.lane.service.name) == job.lane.service.name && (filter.tool ?? job.tool) == job.tool
            && (filter.state ?? job.state) == job.state
    }

    /// The id by which the principal finds a job that lies in a lane; `nil` where it is another's, or nobody finds it.
    private func ownID(of job: ListedJob) -> String? {
        let id = TaskID(record: String(job.record.prefix(32)))
        guard TaskID(id.text) != nil, space.principal.own(record: id.record) == job.record else { return nil }
        return id.text
    }

    private func answer(_ jobs: [JSONValue], next: String?) -> JSONValue {
        ["jobs": .array(jobs), "next": next.map { .string($0) } ?? .null]
    }

    private func json(_ job: ListedJob, id: String?) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": id.map { .string($0) } ?? .null, "job": .string(job.job), "service": .string(job.lane.service.name),
            "lane": .string(job.lane.lane.rawValue), "tool": .string(job.tool), "method": .string(job.method),
            "state": .string(job.state.rawValue), "attempt": .integer(job.attempt),
            "submitted": job.submitted > 0 ? .string(ISO8601.text(job.submitted)) : .null,
            "worker": job.worker.isEmpty ? .null : .string(job.worker),
            "queued_us": job.waited.map { .integer($0) } ?? .null, "run_us": job.ran.map { .integer($0) } ?? .null,
        ]
        if let outcome = job.outcome { members["outcome"] = .string(outcome.rawValue) }
        if job.finished > 0 { members["finished"] = .string(ISO8601.text(job.finished)) }
        if let due = job.due { members["due"] = .string(ISO8601.text(due.plausible * 1000)) }
        return .object(members)
    }
}
