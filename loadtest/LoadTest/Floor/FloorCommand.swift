import ArgumentParser
import LocalProcess

/// `loadtest floor`: how fast the smallest stream cycle per job is on this machine and Redis: nothing that does more per job
/// can be faster.
struct FloorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "floor",
        abstract: "Measure the limit: the smallest cycle of Redis Streams per job, without JSON, MCP or store.",
        discussion: """
            A job is XADD; XREADGROUP, XACK and XDEL in batches; one XADD of its reply; XREAD. Written with hiredis' blocking API;
            caller and consumer run on Dispatch queues. Prints jobs per second with jobs in flight, Redis' own CPU time per job,
            and the latency of one job at a time. Its streams have names of their own and are removed.
            """
    )

    @Option(
        help: ArgumentHelp(
            "redis://[user:password@]host[:port][/db] or unix:///path. (default: a private one)",
            valueName: "url"
        )
    )
    var redis: String?

    @Option(help: ArgumentHelp("Jobs in flight; may be repeated.", valueName: "n"))
    var inFlight: [Int] = [64]

    @Option(help: ArgumentHelp("Jobs of a measurement with jobs in flight.", valueName: "n"))
    var jobs = 200_000

    @Option(help: ArgumentHelp("Jobs of a measurement of one at a time.", valueName: "n"))
    var pings = 10_000

    @Option(help: ArgumentHelp("Jobs that one read takes.", valueName: "n"))
    var batch = 100

    @Option(help: ArgumentHelp("Bytes of a job.", valueName: "n"))
    var payload = 200

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard inFlight.allSatisfy({ (1...100_000).contains($0) }), (1...10_000).contains(batch) else {
            throw ValidationError("--in-flight must be from 1 to 100000, --batch from 1 to 10000")
        }
        guard (1...10_000_000).contains(jobs), (1...1_000_000).contains(pings), (0...1_048_576).contains(payload) else {
            throw ValidationError("--jobs, --pings or --payload is out of range")
        }
    }

    func run() async throws {
        let plan = FloorPlan(inFlight: inFlight, jobs: jobs, pings: pings, batch: batch, payload: payload)
        let redis = redis
        let report = try await Interruptible.run {
            if let redis { return try await plan.run(at: try FloorAddress(redis)) }
            let own = try await OwnRedis.start()
            let result: Result<FloorReport, any Error>
            do { result = .success(try await plan.run(at: own.address)) } catch { result = .failure(error) }
            await own.stop()
            return try result.get()
        }
        print(try json ? report.json() : report.text)
    }
}
