import ArgumentParser
import Foundation
import Logging
import MCPStoreQueue
import MCPStoreRedis

struct QuickCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "quick")
    @Option var redis: String
    @Option var space = "loadtest:noop"
    @Option var inFlight = 64
    @Option var seconds = 5.0
    func run() async throws {
        var logger = Logger(label: "quick") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let target = try await QueueTarget(
            try RedisConfiguration(url: redis),
            space: Space(space)!,
            payload: 200,
            logger: logger
        )
        _ = try await Round.measure(target, inFlight: inFlight, seconds: min(seconds, 1))
        let control = try HiredisConnection(try FloorAddress(redis))
        let before = try RedisUsage(control)
        let round = try await Round.measure(target, inFlight: inFlight, seconds: seconds)
        let after = try RedisUsage(control)
        print(round.row(inFlight: inFlight, target: "noop"), "redis us/call", (after.cpu - before.cpu) * 1e6 / (round.callsPerSecond * seconds))
        for command in after.commands(since: before, jobs: Int(round.callsPerSecond * seconds)).prefix(8) { print("   ", command) }
        await target.close()
    }
}
