import MCPStoreRedis
import NIOCore
import Testing

@testable import MCPStoreQueue

/// The caller, as `RedisJobQueue` does it.
extension World {
    static func submit(_ fate: Step.Fate = .heard) -> Step {
        Step("the caller submits", fate) { world in
            world.place = .inDoubt
            guard fate.arrives else { return }
            let reply = try await world.submission()
            if fate == .heard { world.submitted(reply) }
        }
    }

    /// What was written to a connection that was half open is done late, unless that connection was ended first.
    static var lateSubmission: Step {
        Step("Redis does what was written to the caller's old connection") { world in
            guard !world.cut.contains(World.caller) else { return }
            _ = try await world.submission()
        }
    }

    static var callerCuts: Step { Step("the caller ends its old connection") { $0.cut.insert(World.caller) } }

    private func submission() async throws -> RESPReply {
        let reply = try await fixture.client.execute(RedisJobQueue.submission(of: job))
        guard reply.isNull else { return reply }
        let arguments: [RedisArgument] = [.string(JobGroup.name)] + JobFields.arguments(job)
        return try await script(Scripts.submit, [keys.config(job.service.name), lane.key], arguments)
    }

    private func submitted(_ reply: RESPReply) {
        if let text = reply.string { place = .lies(EntryID(text, in: lane)) } else { told = told ?? .rejected }
    }

    /// With its idempotency key; where it is in doubt it is done again.
    static func submitRecord(_ fate: Step.Fate = .heard) -> Step {
        Step("the caller submits with a key", fate) { world in
            guard world.told == nil, world.place == .unsent || world.place == .inDoubt else { return }
            world.place = .inDoubt
            guard fate.arrives else { return }
            let words = try await world.submitRecorded(world.job)
            guard fate == .heard else { return }
            if words[0] == "accepted" { world.place = .lies(EntryID(words[1], in: world.lane)) }
            if words[0] == "ended" { world.told = world.told ?? .outcome(OutcomeKind(rawValue: words[1])) }
        }
    }

    func submitRecorded(_ job: Job) async throws -> [String] {
        let name = job.service.name
        let places = [keys.config(name), keys.jobs(name, .interactive), keys.jobs(name, .batch), keys.delayed]
        let head: [RedisArgument] = [
            .string(JobGroup.name), .string(job.parametersHash), .string(job.id), .string(job.inbox), 60_000, .int(job.timeout),
            1000, .string(name), .string(KeyUse.again.rawValue),
        ]
        let reply = try await script(
            Scripts.submitRecord,
            places + [keys.record(job.record)],
            head + JobFields.arguments(job)
        )
        return try #require(reply.array).map { $0.string ?? "" }
    }

    static var find: Step { Step("the caller looks for its job") { try await $0.find() } }

    private func find() async throws {
        guard told == nil else { return }
        let places = [lane.key, keys.delayed, keys.inbox(Self.caller)]
        let reply = try await script(Scripts.find, places, [.string(job.id), "0", "+", 1000])
        guard let text = reply.string else { return }  // a marker follows in the inbox
        place = text == "delayed" ? .delayed : .lies(EntryID(text, in: lane))
    }

    /// Its wait is over: it does not decide, but settles.
    static func giveUp(as kind: OutcomeKind = .timedOut, _ fate: Step.Fate = .heard) -> Step {
        Step("the caller gives up", fate) { world in
            guard world.told == nil else { return }
            world.givesUp = true
            let outcome = CallerEnding.outcome(of: world.job, as: kind)
            switch world.place {
            case .lies(let entry):
                guard fate.arrives else { return }
                let delivery = Delivery(job: world.job, entry: entry)
                let result = try await world.settle(Settlement(delivery, .end(outcome), claims: true))
                if fate == .heard, case .ended = result { world.told = .outcome(kind) }
            case .delayed:
                guard fate.arrives else { return }
                let places = [world.keys.delayed, world.keys.delayedJobs, world.keys.inbox(World.caller), world.job.statsKey]
                let words: [RedisArgument] = [
                    .string(world.job.id), .string(kind.rawValue), .bytes(outcome.payload), 1, .int(world.clock.now()),
                ]
                let reply = try await world.script(Scripts.settleDelayed, places, words)
                if fate == .heard, reply.integer == 1 { world.told = .outcome(kind) }
            case .unsent, .inDoubt: break
            }
        }
    }

    static var readInbox: Step { Step("the caller reads its inbox") { try await $0.readInbox() } }

    private func readInbox() async throws {
        let reply = try await fixture.execute("XRANGE", keys.inbox(Self.caller), "(" + inboxRead, "+")
        for entry in reply.array.map(Array.init) ?? [] {
            let parts = try #require(entry.array)
            inboxRead = try #require(parts[0].string)
            let words = parts[1].array?.map { $0.string ?? "" } ?? []
            for (id, kind, reference) in Self.notes(words) where id == job.id && told == nil {
                switch kind {
                case "open", "recorded": break
                case "moved": place = reference == "delayed" ? .delayed : .lies(EntryID(reference, in: lane))
                case "absent":
                    let isUnconfirmed = place == .inDoubt ? !hasLostInbox : wasConfirmed == false
                    told = isUnconfirmed ? .notAccepted : .unknown
                default: told = .outcome(OutcomeKind(rawValue: kind))
                }
            }
        }
    }

    /// What an entry of an inbox says, of which job.
    static func notes(_ words: [String]) -> [(id: String, kind: String, reference: String)] {
        let pairs = stride(from: 0, to: words.count - 1, by: 2).map { (words[$0], words[$0 + 1]) }
        if words.first == "worker" {
            return pairs.dropFirst().map { ($0.0, String($0.1.prefix { $0 != " " }), "") }
        }
        let fields = Dictionary(pairs, uniquingKeysWith: { $1 })
        return [(fields["id"] ?? "", fields["outcome"] ?? "", fields["ref"] ?? "")]
    }

    /// Once a second, and with every connection.
    static var renewInbox: Step {
        Step("the caller renews its inbox") { world in
            let reply = try await world.script(Scripts.inboxOpen, [world.keys.inbox(World.caller)], [60_000])
            guard reply.string == "0" else { return }
            world.inboxRead = "0"
            guard world.told == nil else { return }
            switch world.place {
            case .unsent: break
            case .inDoubt: world.hasLostInbox = true
            case .lies, .delayed: world.told = .unknown
            }
        }
    }

    /// Whatever it takes until it was told.
    func endCaller() async throws {
        for _ in 0..<3 {
            try await run([Self.readInbox])
            if told != nil || place == .unsent { return }
            try await run([Self.renewInbox, Self.find])
        }
        try await run([Self.readInbox])
    }
}
