import MCPStoreRedis
import NIOCore
import Testing

@testable import MCPStoreQueue

/// What follows every interleaving: everybody goes on until nothing is left to do, and then it is looked what there is.
extension World {
    /// What lies in Redis at the end.
    struct Rest {
        var outcomes: [OutcomeKind] = []
        /// `waiting` or `running`, where the outcome says it.
        var phase: String?
        var stats: [OutcomeKind: Int] = [:]
        var entries = 0
        var pending = 0
        var delayed = 0
        var letters = 0
    }

    func goOn() async throws {
        // A living first worker finds what it was given; one that lost its lease has only its late answers and what it never started.
        if !gone.contains("w1") { try await run([Self.review("w1"), Self.start("w1"), Self.end("w1")]) }
        try await endSweeper()
        if givesUp { try await run([Self.readInbox, Self.giveUp()]) }
        try await endWorker("w2")
        try await endCaller()
    }

    func rest() async throws -> Rest {
        let replies = await fixture.client.pipeline([
            RedisCommand("XRANGE", keys.inbox(Self.caller), "-", "+"), RedisCommand("HGETALL", job.statsKey),
            RedisCommand("XLEN", lane.key), RedisCommand("XPENDING", lane.key, JobGroup.name),
            RedisCommand("ZCARD", keys.delayed), RedisCommand("HLEN", keys.delayedJobs), RedisCommand("XLEN", keys.dead),
        ])
        var rest = Rest()
        for entry in try replies[0].get().array.map(Array.init) ?? [] {
            let words = entry.array?[1].array?.map { $0.string ?? "" } ?? []
            for note in Self.notes(words) where !["open", "moved", "absent", "recorded", ""].contains(note.kind) {
                rest.outcomes.append(OutcomeKind(rawValue: note.kind))
                if let at = words.firstIndex(of: "payload") { rest.phase = Reason(payload: .init(string: words[at + 1])).phase }
            }
        }
        rest.stats = ToolStats(try replies[1].get())?.outcomes ?? [:]
        rest.entries = try replies[2].get().integer ?? -1
        // Without its lane, or its group, nothing is pending.
        if case .success(let pending) = replies[3] { rest.pending = pending.array?[0].integer ?? -1 }
        rest.delayed = try (replies[4].get().integer ?? -1) + (replies[5].get().integer ?? -1)
        rest.letters = try replies[6].get().integer ?? -1
        return rest
    }

    /// The invariants that hold in every interleaving.
    ///
    /// - Returns: What is broken, in words; empty where all is well.
    func broken(_ rest: Rest, inboxWasDeleted: Bool = false) -> [String] {
        var broken: [String] = []
        func check(_ holds: Bool, _ what: String) { if !holds { broken.append(what) } }
        let isRefused = told == .notAccepted || told == .rejected || told == nil && place == .unsent
        let ended = rest.stats.values.reduce(0, +)
        check(told != nil || place == .unsent, "the caller was told nothing")
        check(ended == (isRefused ? 0 : 1), "I1: \(ended) outcomes were counted")
        check(rest.outcomes.count <= 1, "I1: the inbox has \(rest.outcomes)")
        if !inboxWasDeleted {
            check(rest.outcomes.count == ended, "I3: stats \(rest.stats), inbox \(rest.outcomes)")
            check(told != .unknown, "the caller was told unknown although Redis was there")
        }
        if let kind = rest.outcomes.first { check(rest.stats[kind] == 1, "I3: stats \(rest.stats), inbox \(rest.outcomes)") }
        if case .outcome(let kind) = told { check(rest.stats[kind] == 1, "told \(kind), stats \(rest.stats)") }
        check(job.mayRunAgain || starts.count <= 1, "I2: started \(starts)")
        check(!isRefused || starts.isEmpty, "refused, and started \(starts)")
        if rest.stats[.ok] == 1 { check(!starts.isEmpty, "answered, and never started") }
        if rest.phase == "waiting" { check(starts.isEmpty || job.mayRunAgain, "said to have waited, and started \(starts)") }
        check(rest.entries == 0 && rest.pending == 0, "\(rest.entries) entries and \(rest.pending) pending are left")
        check(rest.delayed == 0, "\(rest.delayed) delayed are left")
        return broken
    }
}
