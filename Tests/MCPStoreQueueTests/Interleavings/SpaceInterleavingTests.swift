import MCPStoreRedis
import NIOCore
import Testing

@testable import MCPStoreQueue

/// The same as ``InterleavingTests`` for what concerns more than one job or caller: keys, dead letters, the end of a service, and
/// another server that takes over.
@Suite(.timeLimit(.minutes(5))) struct SpaceInterleavingTests {
    private static let fates = Step.Fate.allCases

    /// Another caller with the same idempotency key.
    private final class Other {
        var answer: [String] = []

        func submit(_ fate: Step.Fate = .heard) -> Step {
            Step("another caller submits with the same key", fate) { world in
                guard fate.arrives, self.answer.isEmpty else { return }
                var job = world.job
                (job.id, job.inbox) = ("d-1", "d")
                let words = try await world.submitRecorded(job)
                if fate == .heard { self.answer = words }
            }
        }

        /// Who waits for the run of another looks at the record.
        func look() -> Step {
            Step("the other caller looks at the record") { world in
                guard self.answer.first == "attached" else { return }
                let record = try await world.fixture.hash(world.keys.record(world.job.record))
                if record["status"] == "ended" { self.answer = ["ended", record["outcome"] ?? ""] }
            }
        }
    }

    @Test func `two callers with one idempotency key, whatever is lost: one run, and both have its answer`() async throws {
        let worker = [World.read("w1"), World.start("w1"), World.end("w1")]
        for fate in Self.fates {
            let other = Other()
            try await Interleavings.all(
                "idempotency key (\(fate.rawValue))",
                [
                    [[World.submitRecord(fate), World.submitRecord()], [other.submit(fate), other.submit()], worker],
                    [[World.submitRecord(), World.giveUp()], [other.submit(fate), other.submit()], worker],
                ],
                kinds: [true],
                record: "r",
                setUp: { _ in other.answer = [] },
                goOn: { world in
                    try await world.run([World.read("w1"), World.review("w1"), World.start("w1"), World.end("w1")])
                    try await world.run([other.look(), World.readInbox, World.submitRecord()])
                },
                judge: { world, rest in
                    var broken: [String] = []
                    let ended = rest.stats.values.reduce(0, +)
                    // A run that was given up is in nobody's way: the next call is a run of its own.
                    if ended != 1, !(ended == 2 && rest.stats[.timedOut] == 1) { broken.append("stats \(rest.stats)") }
                    if world.starts.count > ended { broken.append("started \(world.starts)") }
                    if rest.entries + rest.pending + rest.delayed > 0 { broken.append("\(rest.entries) entries are left") }
                    let isAnswered = other.answer.first == "ended" && rest.stats[OutcomeKind(rawValue: other.answer[1])] == 1
                    if !isAnswered, other.answer.first != "accepted" { broken.append("the other was told \(other.answer)") }
                    return broken
                }
            )
        }
    }

    @Test func `two replays of one dead letter and a purge, whatever is lost: at most one new job`() async throws {
        final class Accepted { var names: Set<String> = [] }
        let accepted = Accepted()
        let letter = "7-7"
        func replay(_ name: String, _ fate: Step.Fate = .heard) -> Step {
            Step("\(name) replays", fate) { world in
                guard fate.arrives else { return }
                let keys = [world.keys.dead, world.keys.config("svc"), world.lane.key, world.keys.record(name)]
                let words: [RedisArgument] = [
                    .string(JobGroup.name), .string(letter), .string("\(name)-9"), "", 3_600_000, 1, 60_000, 1000, "svc",
                ]
                let reply = try await world.script(Scripts.deadReplay, keys, words)
                if reply.array?[0].string == "accepted" { accepted.names.insert(name) }
            }
        }
        let purge = Step("the letter is purged") { _ = try await $0.fixture.execute("XDEL", $0.keys.dead, letter) }
        var variants: [[[Step]]] = []
        for fate in Self.fates {
            variants.append([[replay("r", fate), replay("r")], [replay("n", fate), replay("n")], [World.read("w2")]])
            variants.append([[replay("r", fate), replay("r")], [replay("n")], [purge], [World.read("w2")]])
        }
        try await Interleavings.all(
            "replay of a dead letter",
            variants,
            kinds: [false],
            setUp: { world in
                accepted.names = []
                let fields = ["id", "old-1", "name", "echo", "stream", world.lane.key, "reason", "{}", "params", "{}"]
                var command = RedisCommand("XADD", argumentCapacity: 256)
                for text in [world.keys.dead, letter] + fields { command.append(text) }
                _ = try await world.fixture.client.execute(command)
            },
            goOn: { try await $0.endWorker("w2") },
            judge: { world, rest in
                var broken: [String] = []
                let ended = rest.stats.values.reduce(0, +)
                if accepted.names.count > 1 { broken.append("accepted for \(accepted.names)") }
                if ended != accepted.names.count || world.starts.count != ended {
                    broken.append("accepted for \(accepted.names), started \(world.starts), stats \(rest.stats)")
                }
                if rest.entries + rest.pending > 0 { broken.append("\(rest.entries) entries are left") }
                return broken
            }
        )
    }

    @Test
    func `a service is removed while a call is submitted, delivered and run: it ends once or is refused, and no lane stays`()
        async throws
    {
        let remove = Step("the service is removed") { _ = try await $0.fixture.registry.remove("svc") }
        let bury = Step("the leader buries it") { _ = try await $0.recovery.bury($0.fixture.service, toolKeys: []) }
        try await Interleavings.all(
            "removal of a service",
            [
                [[World.submit()], [remove, bury], [World.read("w2"), World.start("w2"), World.end("w2")]],
                [[World.submit(), World.giveUp()], [remove, bury, bury], [World.read("w2")]],
            ],
            kinds: [false],
            setUp: { world in
                _ = try await world.fixture.registry.put(
                    [(name: "svc", configuration: ByteBuffer(string: "{}"), expected: nil)],
                    by: "test"
                )
            },
            goOn: { world in
                try await world.goOn()
                try await world.run([bury])
            },
            judge: { $0.broken($1) }
        )
    }

    /// A replica that takes over lacks the last writes: the state of Redis is put back to what it was some steps ago. With
    /// `wait_replicas`, a job with side effects is started only when all replicas have its delivery.
    @Test func `another server takes over after any step, and has forgotten any number of steps that it may forget`() async throws
    {
        let steps = [World.submit(), World.read("w1"), World.start("w1"), World.end("w1"), World.readInbox]
        var variants: [[[Step]]] = []
        for done in 0...steps.count {
            for kept in 0...done where done < 3 || kept >= 2 {
                let saved = Saved()
                var story = Array(steps.prefix(kept))
                story.append(Step("replicas have all until here") { try await saved.save($0) })
                story += steps[kept..<done]
                story.append(Step("a replica takes over") { try await saved.takeOver($0, wasConfirmed: kept > 0) })
                variants.append([story])
            }
        }
        try await Interleavings.all("role change", variants, kinds: [false])
    }

    /// What a replica has.
    private final class Saved {
        private var values: [(key: String, value: ByteBuffer?)] = []

        func save(_ world: World) async throws {
            values = []
            for key in world.allKeys { values.append((key, try await world.fixture.execute("DUMP", key).bytes)) }
        }

        /// What everybody does then: settlements are sent again, what was not confirmed is not started, accepted jobs are looked for.
        func takeOver(_ world: World, wasConfirmed: Bool) async throws {
            for (key, value) in values {
                _ = try await world.fixture.execute("DEL", key)
                guard let value else { continue }
                var command = RedisCommand("RESTORE", key, "0")
                command.append(value)
                _ = try await world.fixture.client.execute(command)
            }
            for settlement in world.settled { _ = try await world.settle(settlement) }
            world.hands = [:]
            guard world.told == nil, case .lies(let entry) = world.place else { return }
            world.wasConfirmed = wasConfirmed
            let missing = try await world.script(Scripts.missing, [world.lane.key], [.string("\(entry)")])
            if missing.array?.count == 1 { try await world.run([World.find]) }
        }
    }
}
