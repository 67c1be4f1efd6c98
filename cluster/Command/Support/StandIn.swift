import MCPStoreQueue
import MCPStoreRedis

/// In the place of modules that are not merged yet.
enum StandIn {
    static func worker(_ configuration: RedisConfiguration, _ options: WorkerOptions) async throws {
        throw CommandFailure(status: .noAnswer, message: "this build has no worker yet")
    }

    static func coordinator(_ configuration: RedisConfiguration, _ pool: Pool) async throws {
        throw CommandFailure(status: .noAnswer, message: "this build has no coordinator yet")
    }
}
