import MCPStoreRedis
import NIOCore

/// The call of `settle.lua` for a batch of settlements of one space, and its reply.
package enum SettleScript {
    /// Larger payloads get a key of their own and a pointer in the inbox.
    static let largestInlinePayload = 64 * 1024

    /// - Parameter finished: Now, in microseconds by Redis' clock, for outcomes that do not say when they ended.
    package static func call(_ batch: [Settlement], space: Space, finished: Int) -> (keys: [String], arguments: [RedisArgument]) {
        let keys = SpaceKeys(space)
        var table = KeyTable()
        var arguments: [RedisArgument] = [.string(JobGroup.name), .int(batch.count)]
        arguments.reserveCapacity(2 + batch.count * 19)
        for settlement in batch {
            append(settlement, keys, finished, &table, &arguments)
        }
        return (table.keys, arguments)
    }

    private static func append(
        _ settlement: Settlement,
        _ keys: SpaceKeys,
        _ now: Int,
        _ table: inout KeyTable,
        _ arguments: inout [RedisArgument]
    ) {
        let job = settlement.job
        arguments.append(.int(table.index(keys.jobs(job.service.name, job.lane))))
        arguments.append(.string(settlement.entry.description))
        let claim = !settlement.claims ? (settlement.mayBeForgotten ? "3" : "0") : settlement.onlyWaiting ? "2" : "1"
        arguments.append(.string(claim))
        let action: String
        switch settlement.action {
        case .end: action = "end"
        case .move: action = "move"
        case .delay: action = "delay"
        }
        arguments.append(.string(action))
        arguments.append(.string(job.id))
        arguments.append(.int(job.inbox.isEmpty ? 0 : table.index(keys.inbox(job.inbox))))
        switch settlement.action {
        case .end(let outcome, let copyToDead):
            let isLarge = outcome.payload.readableBytes > largestInlinePayload && !job.inbox.isEmpty
            let finished = outcome.finished > 0 ? outcome.finished : now
            arguments.append(.int(table.index(job.statsKey)))
            arguments.append(.int(job.record.isEmpty ? 0 : table.index(keys.record(job.record))))
            arguments.append(.int(3_600_000))
            arguments.append(.string(outcome.kind.rawValue))
            arguments.append(.bytes(outcome.payload))
            arguments.append(.int(isLarge ? table.index(keys.result(job.id)) : 0))
            arguments.append(.string(outcome.worker))
            arguments.append(.string(outcome.waited.map { String($0) } ?? ""))
            arguments.append(.string(outcome.ran.map { String($0) } ?? ""))
            arguments.append(.string(LatencyBuckets.fields(waited: outcome.waited, ran: outcome.ran, reuse: outcome.reuse)))
            arguments.append(.int(finished))
            arguments.append(.int(outcome.attempt))
            arguments.append(.int(copyToDead ? table.index(keys.dead) : 0))
        case .move(let reason, let attempt, let deaths):
            appendMove(reason, attempt, "\(deaths) 0", now, &arguments)
        case .delay(let reason, let attempt, let deaths, let due):
            let extra = "\(deaths) 0 \(due) \(table.index(keys.delayed)) \(table.index(keys.delayedJobs))"
            appendMove(reason, attempt, extra, now, &arguments)
        }
    }

    private static func appendMove(
        _ reason: String,
        _ attempt: Int,
        _ extra: String,
        _ now: Int,
        _ arguments: inout [RedisArgument]
    ) {
        arguments += [.int(0), .int(0), .int(0), .string(reason), .string(""), .int(0), .string("")]
        arguments += [.string(""), .string(""), .string(""), .int(now), .int(attempt), .string(extra)]
    }

    /// Reads the script's reply; `nil` where it is not of the expected shape.
    package static func results(_ reply: RESPReply, for batch: [Settlement]) -> [Settlement.Result]? {
        guard let elements = reply.array, elements.count == batch.count else { return nil }
        return zip(batch, elements).map { settlement, element in
            if element.kind == .integer {
                if element.integer == -1 { return .running }
                return element.integer == 1 ? .ended(owner: nil) : .notOurs
            }
            guard let text = element.string else { return .notOurs }
            switch settlement.action {
            case .end: return .ended(owner: text)
            case .move: return .moved(EntryID(text, in: settlement.job.laneID))
            case .delay: return .delayed
            }
        }
    }
}
