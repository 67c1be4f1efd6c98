import MCPStoreRedis
import NIOCore

/// The call of `finish.lua` for a batch of plain settlements of one space, and its reply. See ``Settlement/isPlain``.
package enum FinishScript {
    /// The jobs of a batch that one lane and one stats hash have in common.
    private struct Part {
        let lane: LaneID
        let method: String
        let tool: String
        var stream = 0
        var stats = 0
        var count = 0
        /// The jobs of each inbox, by their index in the batch; its key by its index in KEYS, 0 for none.
        var inboxes: [(name: String, key: Int, indices: [Int])] = []
        var sums = Sums()
        var first = Int.max
        var last = 0

        init(_ job: Job) {
            lane = job.laneID
            method = job.method
            tool = job.toolKey.isEmpty ? job.name : job.toolKey
        }

        mutating func add(_ index: Int, inbox: String) {
            count += 1
            if let place = inboxes.lastIndex(where: { $0.name == inbox }) {
                inboxes[place].indices.append(index)
            } else {
                inboxes.append((inbox, 0, [index]))
            }
        }

        /// In the order in which the script gets them.
        var indices: FlattenSequence<[[Int]]> { inboxes.map(\.indices).joined() }

        func takes(_ job: Job) -> Bool {
            lane.service == job.service && lane.lane == job.lane && method == job.method
                && tool == (job.toolKey.isEmpty ? job.name : job.toolKey)
        }
    }

    /// What a batch adds to the fields of a stats hash: few distinct ones, so that looking from the front is cheapest.
    private struct Sums {
        private(set) var kinds: [(kind: OutcomeKind, count: Int)] = []
        private(set) var waited: [(bucket: Int, count: Int)] = []
        private(set) var ran: [(bucket: Int, count: Int)] = []
        private(set) var waiting = 0
        private(set) var running = 0

        /// The fields: both sums of microseconds are among them.
        var count: Int { kinds.count + waited.count + ran.count + 2 }

        mutating func add(_ outcome: Outcome) {
            let (waited, ran) = (outcome.waited ?? 0, outcome.ran ?? 0)
            waiting += waited
            running += ran
            if let index = kinds.firstIndex(where: { $0.kind == outcome.kind }) {
                kinds[index].count += 1
            } else {
                kinds.append((outcome.kind, 1))
            }
            Self.add(waited, to: &self.waited)
            Self.add(ran, to: &self.ran)
        }

        private static func add(_ microseconds: Int, to buckets: inout [(bucket: Int, count: Int)]) {
            let bucket = LatencyBuckets.bucket(microseconds: microseconds)
            if let index = buckets.firstIndex(where: { $0.bucket == bucket }) {
                buckets[index].count += 1
            } else {
                buckets.append((bucket, 1))
            }
        }
    }

    /// - Parameter finished: Now, in microseconds by Redis' clock, for outcomes that do not say when they ended.
    /// - Returns: the call, and for each answer of the script the index of its settlement in `batch`.
    package static func call(_ batch: [Settlement], space: Space, finished now: Int) -> (command: RedisCommand, order: [Int]) {
        let keys = SpaceKeys(space)
        var table = KeyTable()
        var parts: [Part] = []
        var worker = ""
        var bytes = 0
        for (index, settlement) in batch.enumerated() {
            guard case .end(let outcome, _) = settlement.action else { continue }
            let job = settlement.job
            worker = outcome.worker
            bytes += outcome.payload.readableBytes
            var place = parts.count - 1
            while place >= 0, !parts[place].takes(job) { place -= 1 }
            if place < 0 {
                place = parts.count
                var part = Part(job)
                part.stream = table.index(part.lane.key)
                part.stats = table.index(job.statsKey)
                parts.append(part)
            }
            let ended = outcome.finished > 0 ? outcome.finished : now
            parts[place].add(index, inbox: job.inbox)
            parts[place].sums.add(outcome)
            parts[place].first = min(parts[place].first, ended)
            parts[place].last = max(parts[place].last, ended)
        }
        for part in parts.indices {
            for inbox in parts[part].inboxes.indices where !parts[part].inboxes[inbox].name.isEmpty {
                parts[part].inboxes[inbox].key = table.index(keys.inbox(parts[part].inboxes[inbox].name))
            }
        }
        var command = Scripts.finish.call(keys: table.keys, argumentCapacity: bytes + batch.count * 128 + parts.count * 512)
        command.append(JobGroup.name)
        command.append(worker)
        var order: [Int] = []
        order.reserveCapacity(batch.count)
        for part in parts {
            for number in [part.stream, part.stats, part.count, part.sums.count, part.inboxes.count, part.first, part.last] {
                command.append(number)
            }
            for index in part.indices {
                order.append(index)
                append(batch[index].entry, to: &command)
            }
            append(part.sums, to: &command)
            for inbox in part.inboxes {
                command.append(inbox.key)
                command.append(inbox.indices.count)
                for index in inbox.indices {
                    guard case .end(let outcome, _) = batch[index].action else { continue }
                    command.append(batch[index].job.id)
                    PackedOutcome.append(outcome, to: &command)
                }
            }
        }
        return (command, order)
    }

    private static func append(_ entry: EntryID, to command: inout RedisCommand) {
        command.append(bytes: DecimalDigits.count(of: entry.milliseconds) + 1 + DecimalDigits.count(of: entry.sequence)) {
            $0.writeDecimal(entry.milliseconds)
            $0.writeInteger(UInt8(ascii: "-"))
            $0.writeDecimal(entry.sequence)
        }
    }

    private static func append(_ sums: Sums, to command: inout RedisCommand) {
        for (kind, count) in sums.kinds {
            command.append(kind.rawValue)
            command.append(count)
        }
        for (bucket, count) in sums.waited {
            command.append(LatencyBuckets.waitedFields[bucket])
            command.append(count)
        }
        for (bucket, count) in sums.ran {
            command.append(LatencyBuckets.ranFields[bucket])
            command.append(count)
        }
        command.append("waiting_us")
        command.append(sums.waiting)
        command.append("running_us")
        command.append(sums.running)
    }

    /// Reads the script's reply; `nil` where it is not of the expected shape.
    package static func results(_ reply: RESPReply, order: [Int]) -> [Settlement.Result]? {
        guard let lost = reply.array else { return nil }
        var results = [Settlement.Result](repeating: .ended(owner: nil), count: order.count)
        for position in lost {
            guard let position = position.integer, order.indices.contains(position - 1) else { return nil }
            results[order[position - 1]] = .notOurs
        }
        return results
    }
}
