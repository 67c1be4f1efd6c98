import LoadDriver
import LocalProcess
import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import NIOPosix

/// Counts what Redis does for a job: a redis-server of our own runs under valgrind, and is asked to do each piece.
///
/// Its instructions are those of the whole process, from reading the socket to writing the reply.
struct MicroRedis {
    /// Redis calls it for `INFO cpu` only.
    private static let mark = "getrusage"
    private static let socketTimeout = Duration.seconds(60)

    private let client: RedisClient
    private let callgrind: Callgrind

    /// - Parameter onProfile: Gets the profile of each piece, which is removed afterwards.
    /// - Throws: ``LoadTestError``, `RedisError`.
    static func count(
        _ pieces: [MicroPiece],
        onProfile: (MicroPiece, String) throws -> Void
    ) async throws -> [InstructionCount] {
        guard !pieces.isEmpty else { return [] }
        let callgrind = try Callgrind()
        defer { callgrind.remove() }
        let port = try FreePort.find()
        guard let server = PrivateRedis.command(port: port) else {
            throw LoadTestError("redis-server is not installed: apt-get install redis-server")
        }
        // What it does by time, which is counted too, it does seldom.
        let quiet = ["--hz", "1", "--dynamic-hz", "no", "--activerehashing", "no"]
        let process = try callgrind.start("redis-server", server + quiet, mark: mark)
        let result: Result<[InstructionCount], any Error>
        do {
            result = .success(try await count(pieces, at: "redis://127.0.0.1:\(port)", callgrind, onProfile))
        } catch {
            result = .failure(error)
        }
        process.release()
        await process.waitUntilExit()
        return try result.get()
    }

    private static func count(
        _ pieces: [MicroPiece],
        at url: String,
        _ callgrind: Callgrind,
        _ onProfile: (MicroPiece, String) throws -> Void
    ) async throws -> [InstructionCount] {
        var logger = Logger(label: "loadtest") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        let configuration = try RedisConfiguration(url: url, socketTimeout: socketTimeout)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let client = RedisClient(configuration: configuration, name: "loadtest", eventLoop: eventLoop, logger: logger)
        let connection = Task { await client.run() }
        defer { connection.cancel() }
        do {
            try await client.waitUntilConnected(timeout: socketTimeout)
        } catch {
            throw LoadTestError("redis-server under valgrind does not answer (\(error)): \(callgrind.lastLines)")
        }
        let version = try RedisUsage.version(HiredisConnection(FloorAddress(url))) ?? "of an unknown version"
        let environment = "Redis \(version), \(MicroCounter.architecture)"
        let redis = MicroRedis(client: client, callgrind: callgrind)
        var counts: [InstructionCount] = []
        for piece in pieces {
            let (profile, rounds, instructions) = try await redis.measure(piece)
            try onProfile(piece, profile)
            counts.append(piece.count(instructions, rounds: rounds, in: environment))
        }
        return counts
    }

    /// The rounds that are made before it is counted, so that scripts are loaded and keys are there.
    private static let warmUp = 2
    /// In so many parts the rounds are counted, and the median is taken: what Redis does once a second, such as asking jemalloc for
    /// its figures, costs as much as a hundred jobs.
    private static let parts = 10

    /// - Returns: The profile of the median part, its rounds, and its instructions without those of the mark.
    private func measure(_ piece: MicroPiece) async throws -> (profile: String, rounds: Int, instructions: Int) {
        let round = try await prepare(piece)
        for number in 0..<Self.warmUp { try await round(number) }
        try await mark()
        var empty = Int.max
        for _ in 0..<3 { empty = min(empty, try await part {}.instructions) }
        let rounds = piece.rounds / Self.parts
        var parts: [(profile: String, instructions: Int)] = []
        for start in stride(from: Self.warmUp, to: Self.warmUp + Self.parts * rounds, by: rounds) {
            parts.append(try await part { for number in start..<start + rounds { try await round(number) } })
        }
        let median = parts.sorted { $0.instructions < $1.instructions }[Self.parts / 2]
        return (median.profile, rounds, median.instructions - empty)
    }

    /// What lies between the mark before and one behind `body`.
    private func part(_ body: () async throws -> Void) async throws -> (profile: String, instructions: Int) {
        let first = try callgrind.profiles.count
        try await body()
        try await mark()
        // One mark is several calls of the function, and each writes a profile: the first is what lay between the marks.
        let written = try callgrind.profiles
        guard written.count > first else {
            throw LoadTestError("redis-server under valgrind writes no profile at INFO cpu: \(callgrind.lastLines)")
        }
        return (written[first], try callgrind.instructions(written[first]))
    }

    private func mark() async throws { _ = try await client.execute(RedisCommand("INFO", "cpu")) }

    private func prepare(_ piece: MicroPiece) async throws -> (Int) async throws -> Void {
        let space = try MicroSamples.space(piece.rawValue)
        let (keys, job) = (SpaceKeys(space), try MicroSamples.job(in: space))
        _ = try await client.execute(RedisCommand("SET", keys.config(MicroSamples.service), "{}"))
        _ = try await client.execute(RedisCommand("XGROUP", "CREATE", job.laneID.key, JobGroup.name, "0", "MKSTREAM"))
        _ = try await client.execute(RedisCommand("XADD", keys.inbox(MicroSamples.caller), "*", "outcome", "open"))
        let count = piece.operations
        switch piece {
        case .redisSubmit1, .redisSubmit64:
            return { number in try await submit((0..<count).map { number * count + $0 }, in: space) }
        case .redisSubmitScript:
            return { number in
                let arguments = [.string(JobGroup.name)] + JobFields.arguments(try MicroSamples.job(number, in: space))
                let names = [keys.config(MicroSamples.service), job.laneID.key]
                let reply = try await client.evaluate(Scripts.submit, keys: names, arguments: arguments)
                guard !reply.isNull else { throw LoadTestError("submit.lua did not submit") }
            }
        case .redisFinish1, .redisFinish64:
            let batches = try await fetch((piece.rounds + Self.warmUp) * count, job.laneID, batch: count)
            return { number in try await finish(batches[number], in: space) }
        default:
            throw LoadTestError("Redis does not do '\(piece.rawValue)'")
        }
    }

    private func submit(_ numbers: [Int], in space: Space) async throws {
        let commands = try numbers.map { RedisJobQueue.submission(of: try MicroSamples.job($0, in: space)) }
        for result in await client.pipeline(commands) {
            guard try !result.get().isNull else { throw LoadTestError("Redis did not take a job") }
        }
    }

    /// Submits and reads so many jobs.
    ///
    /// - Returns: What ends them, in batches.
    private func fetch(_ count: Int, _ lane: LaneID, batch: Int) async throws -> [[Settlement]] {
        for start in stride(from: 0, to: count, by: 64) {
            try await submit(Array(start..<min(start + 64, count)), in: lane.service.space)
        }
        let reply = try await client.execute(
            RedisCommand("XREADGROUP", "GROUP", JobGroup.name, "worker", "COUNT", "\(count)", "STREAMS", lane.key, ">")
        )
        var settlements: [Settlement] = []
        if let entries = reply.array?.first?.array?[1].array {
            for entry in entries {
                guard let delivery = JobFields.delivery(entry, lane: lane) else { continue }
                let outcome = MicroSamples.outcome(of: delivery.job, number: settlements.count % MicroSamples.batch)
                settlements.append(Settlement(delivery, .end(outcome)))
            }
        }
        guard settlements.count == count else { throw LoadTestError("Redis gave \(settlements.count) of \(count) jobs") }
        return stride(from: 0, to: count, by: batch).map { Array(settlements[$0..<$0 + batch]) }
    }

    private func finish(_ batch: [Settlement], in space: Space) async throws {
        let (command, order) = FinishScript.call(batch, space: space, finished: MicroSamples.now)
        let reply: RESPReply = try await withCheckedThrowingContinuation { continuation in
            client.send(Scripts.finish, call: command) { continuation.resume(with: $0) }
        }
        let ended = FinishScript.results(reply, order: order)?.filter { $0 == .ended(owner: nil) }
        guard ended?.count == batch.count else { throw LoadTestError("finish.lua did not end all jobs of its batch") }
    }
}
