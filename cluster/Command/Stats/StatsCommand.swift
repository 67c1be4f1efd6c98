import ArgumentParser
import Logging
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import NIOPosix

/// `mcpstore stats`: a space at a glance.
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show a space at a glance: services, calls, times, queue, memory in Redis.",
        discussion: """
            Nothing is scanned: keys come from the indexes of the space. mcpstore tool stats shows single tools, mcpstore status \
            workers and lanes.
            """
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let logger = common.logger(isClient: true)
        if !common.debug { Console.shared.holdWarnings() }
        do throws(MCPStoreError) {
            let options = try common.redisOptions(logger: logger)
            let (configuration, space) = (try options.redisConfiguration(), try options.space())
            let stats = try await Self.read(configuration, space, logger)
            Console.shared.releaseWarnings()
            Console.shared.out(common.json ? stats.json.description : stats.text)
        } catch {
            if common.json { Console.shared.out(JSONOutput.error(error).description) }
            throw error
        }
    }

    private static func read(
        _ configuration: RedisConfiguration,
        _ space: Space,
        _ logger: Logger
    ) async throws(MCPStoreError) -> SpaceStats {
        let client = RedisClient(
            configuration: configuration,
            name: "stats",
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: logger
        )
        let running = Task { await client.run() }
        let result: Result<SpaceStats, MCPStoreError>
        do {
            try await client.waitUntilConnected(timeout: configuration.socketTimeout)
            result = .success(try await SpaceStats(space, client, logger))
        } catch let error as RedisError {
            result = .failure(MCPStoreError(error))
        } catch let error as QueueError {
            result = .failure(MCPStoreError(error))
        } catch {
            result = .failure(MCPStoreError(.redis, "\(error)"))
        }
        running.cancel()
        await running.value
        return try result.get()
    }
}
