import MCPStoreRedis

extension RedisRegistry {
    package func brake(_ service: String) async throws(QueueError) -> ServiceBrake? {
        do {
            let reply = try await client.execute(RedisCommand("GET", SpaceKeys(space).brake(service)))
            return reply.string.flatMap { ServiceBrake(json: $0) }
        } catch {
            throw QueueError(error)
        }
    }

    package func putBrake(_ service: String, replacing old: ServiceBrake?, with new: ServiceBrake?, milliseconds: Int)
        async throws(QueueError) -> Bool
    {
        let keys = SpaceKeys(space)
        let arguments: [RedisArgument] = [
            .string(service), .string(old?.json ?? ""), .string(new?.json ?? ""), .int(max(milliseconds, 1)),
            .int(Self.changesKept),
        ]
        do {
            let scriptKeys = [keys.brake(service), keys.changes, keys.config(service)]
            return try await client.evaluate(Scripts.brakePut, keys: scriptKeys, arguments: arguments).integer == 1
        } catch {
            throw QueueError(error)
        }
    }
}
