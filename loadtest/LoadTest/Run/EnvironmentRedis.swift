import ArgumentParser
import Foundation
import MCPStoreRedis

/// The Redis of a process that a scenario has started: its URL may hold a password, so that it travels in the environment.
enum EnvironmentRedis {
    static let variable = "MCPSTORE_REDIS_URL"

    /// - Throws: `ValidationError` where the variable is not set, `RedisError` where it is no URL of a Redis.
    static func configuration() throws -> RedisConfiguration {
        guard let url = ProcessInfo.processInfo.environment[variable], !url.isEmpty else {
            throw ValidationError("\(variable) is not set")
        }
        return try RedisConfiguration(url: url)
    }
}
