import MCPStoreQueue

extension StoreContext {
    /// The most services in whose lanes a list of jobs looks, in the order of their names.
    package static let mostListedServices = 200

    /// Jobs that are queued or run, or wait for a time, whoever sent them, newest first.
    ///
    /// - Parameters:
    ///   - place: Behind which to begin; `nil`: with the newest, and with those that wait for a time before all others.
    ///   - limit: The most jobs; there may be fewer before the end.
    /// - Throws: ``MCPStoreError`` (`redis`); `rejected` without Redis.
    package func liveJobs(
        _ filter: JobFilter,
        after place: JobPlace?,
        limit: Int
    ) async throws(MCPStoreError) -> RedisJobList.Page {
        guard let list = backend.jobLists?.live else { throw Self.noJobLists }
        var page = RedisJobList.Page()
        if place == nil, filter.state == nil || filter.state == .delayed {
            page.jobs = try await storeErrors { () throws(QueueError) in try await list.delayed(filter, limit: limit) }
        }
        guard page.jobs.count < limit, filter.state != .delayed, filter.state != .ended else { return page }
        let known = follower.withSnapshot { Array($0.services.keys) }
        let names = filter.service.map { [$0] } ?? Array(known.sorted().prefix(Self.mostListedServices))
        let status = try await storeErrors { () throws(QueueError) in try await backend.status(of: names) }
        let lanes = status.lanes.filter { $0.length > 0 }.map(\.lane)
        let room = limit - page.jobs.count
        let live = try await storeErrors { () throws(QueueError) in
            try await list.live(lanes, filter, after: place, limit: room)
        }
        page.jobs += live.jobs
        page.next = live.next
        return page
    }

    /// Notes a job that a principal is about to leave behind.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func note(_ call: PreparedCall, id: String, lane: CallLane, of principal: String) async throws(MCPStoreError) {
        guard let list = backend.jobLists?.submitted else { throw Self.noJobLists }
        let job = SubmittedJob(id: id, service: call.target.service.name, lane: lane.lane, tool: call.target.tool)
        try await storeErrors { () throws(QueueError) in try await list.note(job, of: principal) }
    }

    /// The jobs that a principal has left behind, newest first.
    ///
    /// - Parameters:
    ///   - last: Behind which to begin; `nil`: with the newest.
    ///   - record: The record of a job, by its id; `nil` for what is no id.
    /// - Returns: Each with what is known of it, `nil` where that is nothing (any more).
    /// - Throws: ``MCPStoreError`` (`redis`); `rejected` without Redis.
    package func submittedJobs(
        of principal: String,
        after last: (submitted: Int, id: String)?,
        limit: Int,
        record: @Sendable (String) -> String?
    ) async throws(MCPStoreError) -> [(job: SubmittedJob, state: ListedJob?)] {
        guard let list = backend.jobLists?.submitted else { throw Self.noJobLists }
        return try await storeErrors { () throws(QueueError) in
            let jobs = try await list.list(of: principal, after: last, limit: limit)
            let known = jobs.map { (job: $0, record: record($0.id) ?? "") }
            return Array(zip(jobs, try await list.states(known))).map { (job: $0, state: $1) }
        }
    }

    private static var noJobLists: MCPStoreError { MCPStoreError(.rejected, "a store without Redis keeps no jobs") }
}
