import MCPStoreRedis
import NIOCore
import Testing

@testable import MCPStoreQueue

/// One job on a real Redis, and what each actor knows of it. The scripts, the decisions and the commands are those of the product;
/// what is modelled is only when they come, and what is lost.
final class World {
    /// What the caller was told, which it is once.
    enum Told: Equatable {
        case outcome(OutcomeKind)
        case notAccepted
        case unknown
        case rejected
    }

    /// Where the job lies, as far as its caller knows.
    enum Place: Equatable {
        case unsent
        case inDoubt
        case lies(EntryID)
        case delayed
    }

    static let caller = "c"
    static let workers = ["w1", "w2"]

    let fixture: Fixture
    let recovery: RedisRecovery
    let pool: RedisPool
    let clock = ServerClock()
    var job: Job
    /// What happened, for the message of a failure.
    var trace: [String] = []

    // The caller.
    var place = Place.unsent
    var told: Told?
    var inboxRead = "0"
    /// Whether the inbox was made anew while the submission was in doubt, or the job lay in Redis.
    var hasLostInbox = false
    var givesUp = false
    /// After another server took over: whether replicas had confirmed the submission.
    var wasConfirmed: Bool?

    // The tool's own record: who started the job, each time.
    var starts: [String] = []

    // The workers, by name.
    var hands: [String: [Delivery]] = [:]
    var running: [String: [Delivery]] = [:]
    /// What workers have settled, kept for a server that forgets.
    var settled: [Settlement] = []
    /// Workers whose old connection was ended: nothing that was written to it is done any more.
    var cut: Set<String> = []
    /// Workers whose lease was taken away; a worker's own clock tells it no later than that.
    var leaseless: Set<String> = []
    /// Workers that were killed.
    var gone: Set<String> = []

    // The sweepers, by name.
    var dead: [String: [String]] = [:]
    var found: [String: [Delivery]] = [:]

    init(_ fixture: Fixture, mayRunAgain: Bool, deaths: Int = 0, record: String = "") {
        self.fixture = fixture
        recovery = RedisRecovery(client: fixture.client, clock: clock, logger: .silent)
        pool = RedisPool(fixture.pool, client: fixture.client)
        job = Job(
            id: "\(Self.caller)-1",
            service: fixture.service,
            name: "echo",
            parameters: ByteBuffer(string: "{}"),
            inbox: Self.caller,
            timeout: 3_600_000,
            submitted: clock.now(),
            attempt: deaths + 1,
            deaths: deaths,
            mayRunAgain: mayRunAgain,
            record: record
        )
    }

    var keys: SpaceKeys { fixture.keys }
    var lane: LaneID { fixture.lane }
    private var inbox: String { keys.inbox(Self.caller) }

    /// Every key that may be there.
    var allKeys: [String] {
        let pool = fixture.pool
        var all = [lane.key, inbox, job.statsKey, keys.delayed, keys.delayedJobs, keys.dead, keys.result(job.id)]
        all += [keys.record("r"), keys.record("n"), keys.removed, pool.leases, pool.expired, pool.events]
        for worker in Self.workers {
            all += [pool.worker(worker), pool.streams(worker), pool.control(worker), pool.ring(worker)]
        }
        return all
    }

    /// A lane, an inbox, two workers of which the first has a lease that has run out already.
    func prepare() async throws {
        var delete = RedisCommand("DEL", argumentCapacity: 1024)
        for key in allKeys { delete.append(key) }
        let commands = [
            delete,
            RedisCommand("XGROUP", "CREATE", lane.key, JobGroup.name, "0", "MKSTREAM"),
            RedisCommand("XADD", inbox, "*", "id", "", "outcome", "open"),
            RedisCommand("ZADD", fixture.pool.leases, "1", "w1", "9000000000000", "w2"),
            RedisCommand("SADD", fixture.pool.streams("w1"), lane.member),
        ]
        for reply in await fixture.client.pipeline(commands) { _ = try reply.get() }
    }

    func run(_ steps: [Step]) async throws {
        for step in steps {
            trace.append(step.name)
            try await step.run(self)
        }
    }

    func script(_ script: RedisScript, _ keys: [String], _ arguments: [RedisArgument]) async throws -> RESPReply {
        try await fixture.client.evaluate(script, keys: keys, arguments: arguments)
    }

    /// As a batcher does: by the script that such settlements go through.
    func settle(_ settlement: Settlement) async throws -> Settlement.Result {
        let results = settlement.isPlain ? try await fixture.finish([settlement]) : try await fixture.settle([settlement])
        return try #require(results.first)
    }
}
