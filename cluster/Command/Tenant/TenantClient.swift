import ArgumentParser
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import NIOPosix

extension CommonOptions {
    /// Runs `body` with what is said of the tenants of the cluster.
    func withTenants<Value: Sendable>(_ body: @escaping @Sendable (RedisTenants) async throws -> Value) async throws -> Value {
        let logger = logger(isClient: true)
        let options = try redisOptions(isShared: false, logger: logger)
        let client = RedisClient(
            configuration: try options.redisConfiguration(),
            name: "tenants",
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: logger
        )
        let tenants = RedisTenants(try options.pool(), client: client)
        let running = Task { await client.run() }
        let result: Result<Value, any Error>
        do { result = .success(try await Interruption.cancelling { try await body(tenants) }) } catch { result = .failure(error) }
        running.cancel()
        await running.value
        do { return try result.get() } catch let error as QueueError { throw MCPStoreError(error) }
    }
}

/// The name of a tenant on the command line.
enum TenantName {
    static func check(_ namespace: String) throws {
        do { try Name.validate(namespace, as: "namespace") } catch { throw ValidationError(error.message) }
    }
}
