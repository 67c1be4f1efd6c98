import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// The batches of one space that were uploaded. Their calls are queued as they come; workers write the outcomes into a stream of the
/// batch. So nothing has to live for a batch to go on, and whoever can read Redis can show it, take it back and fetch its answers.
package struct RedisUploads: Sendable {
    /// What came of some calls that were to be taken.
    package enum Taking: Sendable, Equatable {
        /// They are queued; so many of the batch are now.
        case accepted(Int)
        /// It is elsewhere: another upload of the same batch goes on, or what was sent was taken before.
        ///
        /// `digest` tells the lines that were taken until then from others.
        case at(Int, digest: String)
        /// There are no more to take.
        case closed(Int, digest: String)
        /// There is no such batch (any more).
        case gone
        /// There is no such service.
        case noService(String)
        /// A lane is full, or the whole space; in how many milliseconds there may be room.
        case busy(String, retryAfter: Int)
    }

    /// The most entries that one script counts.
    private static let mostCounted = 2000

    let queue: RedisJobQueue
    var keys: SpaceKeys { queue.keys }
    var client: RedisClient { queue.client }

    package init(_ queue: RedisJobQueue) { self.queue = queue }

    /// Begins a batch, or finds it again.
    ///
    /// - Parameters:
    ///   - plan: How its calls are made.
    ///   - owner: Whose it is.
    ///   - retention: How long it is kept, in milliseconds.
    /// - Returns: `nil` where there is a batch of that id that was not uploaded.
    /// - Throws: ``QueueError`` (`redis`).
    package func open(
        _ id: String,
        plan: String,
        owner: String,
        host: String,
        retention: Int
    ) async throws(QueueError) -> BatchRecord? {
        let fields = [("plan", plan), ("owner", owner), ("host", host), ("input", "upload"), ("round", "1")]
        let reply = try await evaluate(
            Scripts.batchOpen,
            [keys.batch(id), keys.batches, answers(id)],
            [.string(id), .int(retention), .int(RedisBatches.mostListed)]
                + fields.flatMap { [RedisArgument.string($0.0), .string($0.1)] }
        )
        return BatchRecord(id: id, reply.array?.map { $0.string ?? "" } ?? [])
    }

    /// Queues calls of a batch, all or none.
    ///
    /// - Parameters:
    ///   - taken: Calls of it that were taken before.
    ///   - lines: Lines that were read with these, and what tells them from others.
    ///   - isLast: Whether no more come.
    /// - Throws: ``QueueError`` (`redis`): they may have been taken, which the same again tells.
    package func take(
        _ calls: [UploadCall],
        of id: String,
        after taken: Int,
        lines: (read: Int, digest: String),
        isLast: Bool,
        retention: Int
    ) async throws(QueueError) -> Taking {
        var services = Services(keys)
        var parts: [RedisArgument] = []
        var lanes: Set<LaneID> = []
        var jobs = 0
        for (offset, call) in calls.enumerated() {
            switch call.fate {
            case .job(let job):
                jobs += 1
                let number = services.number(of: job, limit: queue.laneLimit(job))
                lanes.insert(job.laneID)
                let fields = JobFields.arguments(job)
                parts += [.int(number), .bytes(Self.kept(call.text, job)), .bytes(Self.name(call)), .int(fields.count)] + fields
            case .answer(let outcome, let reason):
                let job = UploadJob.id(of: id, index: taken + offset, round: 1)
                parts += [.int(0), .bytes(Self.kept(call.text, nil)), .bytes(Self.name(call)), .int(6)]
                parts += [.string("id"), .string(job), .string("outcome"), .string(outcome), .string("payload"), .bytes(reason)]
            }
        }
        let head: [RedisArgument] = [
            .string(JobGroup.name), .string(id), .int(taken), .int(retention), .int(lines.read), .string(lines.digest),
            .string(isLast ? "1" : ""), .int(services.names.count),
        ]
        let taking = try await queueing(
            jobs,
            Scripts.batchSubmit,
            [keys.batch(id), keys.batchCalls(id), keys.batchIDs(id), answers(id), keys.batches] + services.keys,
            head + services.limits + parts,
            services
        )
        if case .accepted = taking { use(lanes) }
        return taking
    }

    /// Counts the answers of a batch that have come since they were counted last, however many there are.
    ///
    /// - Returns: The batch as it is now; `nil` where there is none.
    /// - Throws: ``QueueError`` (`redis`).
    package func count(_ id: String) async throws(QueueError) -> BatchRecord? {
        while true {
            let reply = try await evaluate(
                Scripts.batchCount,
                [keys.batch(id), answers(id), keys.batches],
                [.string(id), .int(Self.mostCounted)]
            )
            let words = reply.array.map(Array.init) ?? []
            if words.first?.integer != 1 { return BatchRecord(id: id, words.dropFirst().map { $0.string ?? "" }) }
        }
    }

    /// Throws away a batch of which no call was taken, by whomever; any other stays.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func drop(_ id: String) async throws(QueueError) {
        let scriptKeys = [keys.batch(id), keys.batchCalls(id), keys.batchIDs(id), answers(id), keys.batches]
        _ = try await evaluate(Scripts.batchDrop, scriptKeys, [.string(id)])
    }

    /// Throws away all that is kept of a batch.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func remove(_ id: String) async throws(QueueError) {
        for command in [
            RedisCommand("UNLINK", keys.batch(id), keys.batchCalls(id), keys.batchIDs(id), answers(id)),
            RedisCommand("ZREM", keys.batches, id),
        ] {
            do { _ = try await client.execute(command) } catch { throw QueueError(error) }
        }
    }

    /// The key of the stream of a batch's answers.
    func answers(_ id: String) -> String { keys.inbox(UploadJob.inbox(of: id)) }

    // MARK: Scripts

    /// The services that a script is told of, each with its keys and the bound of its lane.
    struct Services {
        private let space: SpaceKeys
        /// Their stored names.
        private(set) var names: [String] = []
        /// The configuration and the batch lane of each.
        private(set) var keys: [String] = []
        /// Entries of its lane above which it takes no more.
        private(set) var limits: [RedisArgument] = []

        init(_ space: SpaceKeys) { self.space = space }

        /// Its number, counted from 1.
        mutating func number(of job: Job, limit: Int) -> Int {
            let name = job.service.name
            if let place = names.firstIndex(of: name) { return place + 1 }
            names.append(name)
            keys += [space.config(name), space.jobs(name, job.lane)]
            limits.append(.int(limit))
            return names.count
        }
    }

    /// Runs a script that queues calls, with places for so many in the space.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    func queueing(
        _ count: Int,
        _ script: RedisScript,
        _ keys: [String],
        _ arguments: [RedisArgument],
        _ services: Services
    ) async throws(QueueError) -> Taking {
        let reserved: Int
        do throws(QueueError) { reserved = try await queue.reserve(count) } catch {
            return .busy("the space \(queue.space)", retryAfter: error.retryAfter ?? DepthGauge.unknownRetryAfter)
        }
        var isAccepted = false
        defer { queue.sent(reserved, areThere: isAccepted) }
        let taking = try taking(try await evaluate(script, keys, arguments), services)
        if case .accepted = taking { isAccepted = true }
        return taking
    }

    /// Reads the reply of a script that queues calls.
    ///
    /// - Throws: ``QueueError`` (`redis`) where it is not of the expected shape.
    private func taking(_ reply: RESPReply, _ services: Services) throws(QueueError) -> Taking {
        let words = reply.array.map(Array.init) ?? []
        func number(_ index: Int) -> Int { index < words.count ? words[index].integer ?? 0 : 0 }
        let name = services.names.indices.contains(number(1) - 1) ? services.names[number(1) - 1] : ""
        switch words.first?.string {
        case "accepted": return .accepted(number(1))
        case "at": return .at(number(1), digest: words.dropFirst(2).first?.string ?? "")
        case "closed": return .closed(number(1), digest: words.dropFirst(2).first?.string ?? "")
        case "gone": return .gone
        case "service": return .noService(name)
        case "busy":
            let lane = LaneID(service: ServiceID(space: queue.space, name: name), lane: .batch)
            let wait = queue.lanes.withLockedValue { lanes in
                lanes.set(lane, length: number(2), now: ServerClock.boot())
                return lanes.retryAfter(lane, limit: max(number(2), 1))
            }
            return .busy("the batch lane of service '\(name)'", retryAfter: wait)
        default: throw QueueError(.redis, "a script of batches answered with something unexpected")
        }
    }

    /// The most calls that are submitted in one step: where the space is limited, so few that there is room for them beside others.
    package var mostTogether: Int { queue.spaceLimit.map { max($0 / 4, 1) } ?? .max }

    /// Jobs went into these lanes: workers that watch others are told.
    func use(_ lanes: Set<LaneID>) {
        let now = ServerClock.boot()
        for lane in lanes where queue.lanes.withLockedValue({ $0.use(lane, now: now) }) { queue.wake(lane) }
    }

    /// Runs a script.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    func evaluate(_ script: RedisScript, _ keys: [String], _ arguments: [RedisArgument]) async throws(QueueError) -> RESPReply {
        do { return try await client.evaluate(script, keys: keys, arguments: arguments) } catch { throw QueueError(error) }
    }

    /// A call as it is kept, behind the id of its entry: the service that it went to, and the call.
    static func kept(_ text: ByteBuffer, _ job: Job?) -> ByteBuffer {
        var buffer = ByteBuffer(string: (job?.service.name ?? "-") + " ")
        buffer.writeImmutableBuffer(text)
        return buffer
    }

    private static func name(_ call: UploadCall) -> ByteBuffer {
        var buffer = ByteBuffer(string: "\(call.line) ")
        buffer.writeImmutableBuffer(call.id)
        return buffer
    }
}
