import MCPStoreRedis
import Testing

@testable import MCPStoreQueue

/// Design section 5: all orders in which the steps of those who meet in one job can come, on real scripts and a real Redis, with
/// every reply lost, and every request lost, or neither. After each order everybody goes on until nothing is left to do; then there
/// is one outcome, the stats are equal to it, nothing is left in Redis, and what has side effects was started at most once.
///
/// Where no order is said to be impossible, it is run. Nothing is sampled, and nothing depends on time. Each is run for a job that
/// may run again and for one that may not, where anybody decides by that.
@Suite(.timeLimit(.minutes(5))) struct InterleavingTests {
    private static let fates = Step.Fate.allCases

    @Test func `a submission whose reply is lost, a worker that reads, starts and settles, and a caller that looks for its job`()
        async throws
    {
        var variants: [[[Step]]] = []
        for fate in Self.fates {
            variants.append([
                [World.submit(fate), World.find, World.readInbox], [World.read("w1"), World.start("w1"), World.end("w1")],
            ])
            variants.append([
                [World.submit(), World.giveUp(), World.readInbox],
                [World.read("w1"), World.start("w1"), World.end("w1", fate), World.end("w1")],
            ])
            variants.append([
                [World.submit(), World.giveUp(as: .cancelled, fate), World.giveUp(as: .cancelled)],
                [World.read("w1"), World.start("w1"), World.end("w1")],
            ])
            variants.append([
                [World.submit()], [World.read("w1", fate), World.review("w1"), World.start("w1"), World.end("w1")],
                [World.read("w2")],
            ])
        }
        try await Interleavings.all("submit, deliver, settle", variants, kinds: [false])
    }

    @Test func `a submission on a half-open connection is done late or never, and a caller that looks for it is told the truth`()
        async throws
    {
        try await Interleavings.all(
            "half-open connection of the caller",
            [
                [
                    [World.submit(.requestLost), World.callerCuts, World.find, World.readInbox], [World.lateSubmission],
                    [World.read("w1"), World.start("w1"), World.end("w1")],
                ]
            ],
            kinds: [false]
        )
    }

    @Test func `what is delivered into a half-open connection is started by its worker after the comparison, once`() async throws
    {
        try await Interleavings.all(
            "half-open connection of a worker",
            [
                [
                    [World.cut("w1"), World.review("w1"), World.start("w1"), World.end("w1")], [World.lateRead("w1")],
                    [World.giveUp()],
                ],
                [
                    [World.cut("w1"), World.review("w1"), World.read("w1"), World.start("w1"), World.end("w1")],
                    [World.lateRead("w1")], [World.read("w2"), World.start("w2")],
                ],
            ],
            prelude: [World.submit()]
        )
    }

    @Test func `a worker that dies or stands still at any step, a sweeper, and a caller that gives up: one of them settles`()
        async throws
    {
        let worker = [World.read("w1"), World.start("w1"), World.end("w1")]
        let sweeper = [World.expire("s1"), World.list("s1"), World.sweep("s1")]
        var reading: [[[Step]]] = []
        var running: [[[Step]]] = []
        for fate in Self.fates {
            reading.append([worker, [World.expire("s1", fate), World.expire("s1"), World.list("s1"), World.sweep("s1")]])
            running.append([[World.start("w1"), World.end("w1", fate)], sweeper, [World.giveUp()]])
            running.append([
                [World.start("w1"), World.end("w1")], [World.expire("s1"), World.list("s1"), World.sweep("s1", fate)],
                [World.giveUp(as: .cancelled, fate)],
            ])
        }
        for count in 0...2 { reading.append([Array(worker.prefix(count)) + [World.die("w1")], sweeper, [World.giveUp()]]) }
        try await Interleavings.all("a worker reads, a sweeper", reading, prelude: [World.submit()])
        try await Interleavings.all(
            "a worker runs, a sweeper, the caller gives up",
            running,
            prelude: [World.submit(), World.read("w1")]
        )
    }

    @Test func `two sweepers, the second of which still believes that it leads, and the worker that they take for dead`()
        async throws
    {
        var variants: [[[Step]]] = []
        for fate in Self.fates {
            variants.append([
                [World.expire("s1"), World.list("s1"), World.sweep("s1", fate), World.forget("s1")],
                [World.expire("s2"), World.list("s2"), World.sweep("s2")],
            ])
            variants.append([
                [World.list("s1"), World.sweep("s1"), World.forget("s1")],
                [World.list("s2"), World.sweep("s2", fate)], [World.end("w1")],
            ])
        }
        let both = [World.submit(), World.read("w1"), World.start("w1"), World.expire("s1"), World.expire("s2")]
        try await Interleavings.all(
            "two sweepers from the start",
            variants.filter { $0.count == 2 },
            prelude: Array(both.prefix(3))
        )
        try await Interleavings.all("two sweepers and a late answer", variants.filter { $0.count == 3 }, prelude: both)
    }

    @Test func `a zombie settles after its job was moved, while another worker runs it and its caller gives up`() async throws {
        var variants: [[[Step]]] = []
        for fate in Self.fates {
            variants.append([
                [World.read("w2"), World.start("w2"), World.end("w2", fate)], [World.end("w1")],
                [World.readInbox, World.giveUp()],
            ])
        }
        try await Interleavings.all(
            "zombie",
            variants,
            prelude: [
                World.submit(), World.read("w1"), World.start("w1"), World.expire("s1"), World.list("s1"), World.sweep("s1"),
            ]
        )
    }

    @Test func `a suspended worker renews before or after its lease was taken away, and goes on at any step`() async throws {
        try await Interleavings.all(
            "suspended worker",
            [
                [
                    [World.read("w1"), World.renew("w1"), World.start("w1"), World.end("w1")],
                    [World.expire("s1"), World.list("s1"), World.sweep("s1")],
                ],
                [
                    [World.read("w1"), World.start("w1"), World.renew("w1"), World.end("w1")],
                    [World.expire("s1"), World.list("s1"), World.sweep("s1")], [World.giveUp()],
                ],
            ],
            prelude: [World.submit()]
        )
    }

    @Test func `a worker that drains gives back, while its caller gives up and another worker reads`() async throws {
        var variants: [[[Step]]] = []
        for fate in Self.fates {
            variants.append([
                [World.giveBack("w1", fate), World.giveBack("w1")], [World.giveUp(), World.readInbox],
                [World.read("w2"), World.start("w2")],
            ])
        }
        try await Interleavings.all("give back", variants, kinds: [false], prelude: [World.submit(), World.read("w1")])
    }

    @Test func `a delayed job is promoted by two leaders, while its caller ends it`() async throws {
        func promote(_ leader: String) -> Step {
            Step("\(leader) promotes") { world in
                let keys = [world.keys.delayed, world.keys.delayedJobs, world.lane.key]
                _ = try await world.script(Scripts.promote, keys, [.string(JobGroup.name), .string(world.job.id)])
            }
        }
        var variants: [[[Step]]] = []
        for fate in Self.fates {
            variants.append([
                [promote("s1"), World.read("w2"), World.start("w2")], [promote("s2")],
                [World.readInbox, World.giveUp(as: .cancelled, fate), World.giveUp(as: .cancelled)],
            ])
        }
        let prelude = [World.submit(), World.read("w1"), World.start("w1"), World.delay("w1")]
        try await Interleavings.all("delayed", variants, kinds: [true], prelude: prelude)
    }

    @Test func `the third death ends a job as poison with one copy in the dead letters, whoever settles it how often`()
        async throws
    {
        var variants: [[[Step]]] = []
        for fate in Self.fates {
            variants.append([
                [World.list("s1"), World.sweep("s1", fate), World.list("s1"), World.sweep("s1")],
                [World.list("s2"), World.sweep("s2")], [World.end("w1")],
            ])
        }
        let prelude = [World.submit(), World.read("w1"), World.start("w1"), World.expire("s1"), World.expire("s2")]
        try await Interleavings.all("poison", variants, kinds: [true], deaths: 2, prelude: prelude)
    }

    @Test func `a lost inbox ends the wait as unknown, and the outcome is counted once`() async throws {
        let lose = Step("the inbox is deleted") { _ = try await $0.fixture.execute("DEL", $0.keys.inbox(World.caller)) }
        var variants: [[[Step]]] = []
        for fate in Self.fates {
            variants.append([
                [World.read("w1"), World.start("w1"), World.end("w1", fate), World.end("w1")], [lose],
                [World.readInbox, World.renewInbox],
            ])
        }
        variants.append([
            [World.read("w1"), World.start("w1"), World.end("w1")], [lose], [World.renewInbox, World.giveUp()],
        ])
        try await Interleavings.all(
            "lost inbox",
            variants,
            kinds: [false],
            prelude: [World.submit()],
            judge: { $0.broken($1, inboxWasDeleted: true) }
        )
    }
}
