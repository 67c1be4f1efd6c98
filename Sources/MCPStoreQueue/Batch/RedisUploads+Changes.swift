import MCPStoreRedis
import NIOCore

/// Taking back, and asking again.
extension RedisUploads {
    /// Calls that are looked at in one step.
    private static let step = 200
    /// Bytes of calls that are asked again with one script.
    private static let mostBytes = 16 << 20

    /// A call that failed, as it was kept.
    package struct Failed: Sendable {
        /// Its place in the batch, from 0.
        package let index: Int
        /// The line of JSON that it is; empty where it is no call.
        package let text: ByteBuffer
    }

    /// Takes back all calls of a batch that have no outcome, and takes no more.
    ///
    /// It goes by where the calls were put. Those that were moved since, because what ran them died or a limit was reached, are looked for
    /// among the delayed jobs, and in what came into the lanes since the batch began.
    ///
    /// - Returns: Whether there is such a batch.
    /// - Throws: ``QueueError`` (`redis`): some may have been taken back; the same again goes on.
    package func cancel(_ id: String) async throws(QueueError) -> Bool {
        guard try await evaluate(Scripts.batchCancel, [keys.batch(id)], []).integer == 1 else { return false }
        // With the first entry of the batch.
        var lanes: [LaneID: Int] = [:]
        var start = 0
        while true {
            let places = try await places(id, from: start)
            if places.isEmpty { break }
            var deliveries: [Delivery] = []
            for (offset, place) in places.enumerated() {
                guard let place else { continue }
                lanes[place.lane] = min(lanes[place.lane] ?? .max, place.entry.milliseconds)
                // The round is part of the id; whatever it is, the entry says it.
                let job = Job(
                    id: UploadJob.id(of: id, index: start + offset, round: 1),
                    service: place.lane.service,
                    lane: place.lane.lane,
                    name: "",
                    parameters: ByteBuffer(),
                    inbox: UploadJob.inbox(of: id)
                )
                deliveries.append(Delivery(job: job, entry: place.entry))
            }
            try await settle(deliveries, of: id)
            start += places.count
        }
        try await settleDelayed(id)
        for (lane, first) in lanes { try await settleMoved(lane, id, since: first) }
        return true
    }

    /// What still exists of these entries is read, so that the outcome is counted for the right tool, and ended.
    private func settle(_ deliveries: [Delivery], of id: String) async throws(QueueError) {
        let reads = deliveries.map {
            RedisCommand("XRANGE", $0.job.laneID.key, $0.entry.description, $0.entry.description)
        }
        var found: [Delivery] = []
        for (place, result) in zip(deliveries, await client.pipeline(reads)) {
            let entry: RESPReply?
            do { entry = try result.get().array?.first } catch { throw QueueError(error) }
            guard let entry, let delivery = JobFields.delivery(entry, lane: place.job.laneID),
                UploadJob.index(of: delivery.job.id, in: id) != nil
            else { continue }
            found.append(delivery)
        }
        // Together, so that they are settled in few scripts.
        let queue = queue
        let failure = await withTaskGroup(of: QueueError?.self) { group in
            for delivery in found {
                group.addTask {
                    do throws(QueueError) {
                        try await queue.cancel(delivery)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var first: QueueError?
            for await failure in group { first = first ?? failure }
            return first
        }
        if let failure { throw failure }
    }

    /// Ends what waits among the delayed jobs, such as calls of a tool whose limit is reached.
    private func settleDelayed(_ id: String) async throws(QueueError) {
        var start = 0
        do throws(RedisError) {
            while true {
                let page = try await client.execute(
                    RedisCommand("ZRANGE", keys.delayed, String(start), String(start + Self.step * 5 - 1))
                )
                let jobs = page.array?.compactMap(\.string) ?? []
                guard !jobs.isEmpty else { return }
                let meant = jobs.filter { UploadJob.index(of: $0, in: id) != nil }
                // Those that are ended are not in the way of the next page.
                start += jobs.count - (try await endDelayed(meant))
            }
        } catch {
            throw QueueError(error)
        }
    }

    /// - Returns: How many were ended.
    private func endDelayed(_ ids: [String]) async throws(RedisError) -> Int {
        guard !ids.isEmpty else { return 0 }
        var read = RedisCommand("HMGET", keys.delayedJobs)
        for id in ids { read.append(id) }
        let values = try await client.execute(read).array.map(Array.init) ?? []
        var ended = 0
        for (id, value) in zip(ids, values) {
            guard let job = value.string.flatMap({ DelayedSettlement.job(id, $0, in: queue.space) }) else { continue }
            let outcome = CallerEnding.placed(CallerEnding.outcome(of: job, as: .cancelled), owner: nil)
            let ending = DelayedSettlement(job, as: outcome, now: queue.clock.now())
            ended += try await client.evaluate(Scripts.settleDelayed, keys: ending.keys, arguments: ending.arguments).integer ?? 0
        }
        return ended
    }

    /// Ends what came into a lane from a time on, in milliseconds, the newest first.
    private func settleMoved(_ lane: LaneID, _ id: String, since first: Int) async throws(QueueError) {
        var from = "+"
        while true {
            let arguments: [RedisArgument] = [
                .string(JobGroup.name), .string(from), .int(Self.step * 5), .int(Self.step * 5), .string(""), .string(""),
            ]
            let words = try await evaluate(Scripts.jobsList, [lane.key], arguments).array.map(Array.init) ?? []
            var moved: [Delivery] = []
            for index in stride(from: 2, to: words.count - 3, by: 4) {
                let fields = words[index + 1].array?.map { $0.string ?? "" } ?? []
                let job = JobFields.job(fields, lane: lane)
                guard UploadJob.index(of: job.id, in: id) != nil else { continue }
                moved.append(Delivery(job: job, entry: EntryID(words[index].string ?? "", in: lane)))
            }
            try await settle(moved, of: id)
            guard let stop = words.first?.string, !stop.isEmpty, stop != from, EntryID(stop, in: lane).milliseconds >= first
            else { return }
            from = stop
        }
    }

    /// Asks calls again that ended badly, and takes their answers away.
    ///
    /// - Parameters:
    ///   - round: The number of this retry: 2 for the first.
    ///   - isMeant: Whether an answer is one to ask again.
    ///   - job: The new job of a call, by its place; `nil` where it cannot be asked again and its answer stays.
    ///   - wait: Waits until what is full, a lane or the space, may have room.
    /// - Returns: How many are asked again.
    /// - Throws: ``QueueError`` (`redis`, or what `wait` throws): some are asked again; the same again goes on with the others.
    package func retry(
        _ id: String,
        round: Int,
        retention: Int,
        isMeant: @Sendable (_ job: String, Outcome) -> Bool,
        job: @Sendable (Failed) async throws(QueueError) -> Job?,
        wait: @Sendable (_ what: String, _ milliseconds: Int) async throws(QueueError) -> Void
    ) async throws(QueueError) -> Int {
        guard let end = try await count(id)?.upload?.counted else { return 0 }
        var (last, asked) = ("0-0", 0)
        while true {
            let entries = try await entries(of: id, after: last, upTo: end)
            guard let next = entries.last?.id else { return asked }
            last = next
            for entry in entries where entry.answers.contains(where: { isMeant($0.job, $0.outcome) }) {
                asked += try await retry(entry, id, round, retention, isMeant, job, wait)
            }
        }
    }

    private func retry(
        _ entry: AnswerEntry,
        _ id: String,
        _ round: Int,
        _ retention: Int,
        _ isMeant: @Sendable (String, Outcome) -> Bool,
        _ makeJob: @Sendable (Failed) async throws(QueueError) -> Job?,
        _ wait: @Sendable (String, Int) async throws(QueueError) -> Void
    ) async throws(QueueError) -> Int {
        var services = Services(keys)
        var parts: [RedisArgument] = []
        var again: Set<String> = []
        var lanes: Set<LaneID> = []
        var bytes = 0
        for answer in entry.answers where isMeant(answer.job, answer.outcome) {
            guard let index = UploadJob.index(of: answer.job, in: id) else { continue }
            let text = try await text(id, at: index)
            guard text.readableBytes > 0, let job = try await makeJob(Failed(index: index, text: text)) else { continue }
            // What is more than goes into one script stays, and is asked again with the next retry.
            bytes += text.readableBytes
            guard bytes <= Self.mostBytes || again.isEmpty else { break }
            let fields = JobFields.arguments(job)
            let number = services.number(of: job, limit: queue.laneLimit(job))
            parts += [.int(number), .int(index), .bytes(Self.kept(text, job)), .int(fields.count)] + fields
            again.insert(answer.job)
            lanes.insert(job.laneID)
        }
        guard !again.isEmpty else { return 0 }
        let stays = Self.staying(entry, without: again)
        let arguments: [RedisArgument] =
            [.string(JobGroup.name), .int(retention), .string(entry.id), .int(round), .int(services.names.count)]
            + services.limits + [.int(stays.count)] + stays + parts
        let scriptKeys = [keys.batch(id), keys.batchCalls(id), answers(id)] + services.keys
        while true {
            let places = min(again.count, mostTogether)
            switch try await queueing(places, Scripts.batchAgain, scriptKeys, arguments, services) {
            case .busy(let what, let milliseconds): try await wait(what, milliseconds)
            case .accepted:
                use(lanes)
                return again.count
            // Somebody else asks it again, or its service is gone: the answer stays.
            default: return 0
            }
        }
    }

    /// Fields and values of an entry for the answers that stay.
    private static func staying(_ entry: AnswerEntry, without jobs: Set<String>) -> [RedisArgument] {
        guard entry.fields.first.map({ String(buffer: $0) }) == "worker" else { return [] }
        var fields: [RedisArgument] = []
        for index in stride(from: 2, to: entry.fields.count - 1, by: 2)
        where !jobs.contains(String(buffer: entry.fields[index])) {
            fields += [.bytes(entry.fields[index]), .bytes(entry.fields[index + 1])]
        }
        return fields.isEmpty ? [] : entry.fields.prefix(2).map { .bytes($0) } + fields
    }

    /// Where calls were put last; `nil` for each one that was answered at once. Empty behind the last one.
    private func places(_ id: String, from start: Int) async throws(QueueError) -> [(entry: EntryID, lane: LaneID)?] {
        let reply = try await evaluate(Scripts.batchPlaces, [keys.batchCalls(id)], [.int(start), .int(Self.step)])
        return reply.array?.map { element in
            let words = (element.string ?? "").split(separator: " ").map(String.init)
            guard words.count == 2, words[0] != "-", Name.isValid(words[1]) else { return nil }
            let lane = LaneID(service: ServiceID(space: queue.space, name: words[1]), lane: .batch)
            return (EntryID(words[0], in: lane), lane)
        } ?? []
    }

    /// A call as it was kept, a line of JSON; empty where there is none.
    private func text(_ id: String, at index: Int) async throws(QueueError) -> ByteBuffer {
        var call: ByteBuffer
        do {
            let command = RedisCommand("LINDEX", keys.batchCalls(id), String(index))
            call = try await client.execute(command).bytes ?? ByteBuffer()
        } catch {
            throw QueueError(error)
        }
        // `entry service call`
        for _ in 0..<2 {
            guard let cut = call.readableBytesView.firstIndex(of: UInt8(ascii: " ")) else { return ByteBuffer() }
            call.moveReaderIndex(to: cut + 1)
        }
        return call
    }
}
