import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct KeyLeaseTests {
    @Test(arguments: [
        ("auto-0123456789abcdef", true), ("auto-0123456789ABCDEF", true), ("auto-0123456789abcde", false),
        ("auto-0123456789abcdef0", false), ("auto-mation", false), ("auto-0123456789abcdeg", false), ("workspace1", false),
    ])
    func `only the names that are made for one start mean an automatic dataspace`(name: String, isAuto: Bool) throws {
        #expect(try Space(namespace: "n", dataspace: name).isAuto == isAuto)
        #expect(KeyLease.applies(to: "n:\(name):changes") == isAuto)
    }

    @Test func `a dataspace that is made is one`() throws {
        let names = (0..<100).map { _ in Space.makeAutoDataspace() }
        #expect(Set(names).count == 100)
        for name in names { #expect(try Space(namespace: "n", dataspace: name).isAuto) }
    }

    @Test(arguments: [true, false]) func `S8: scripts give their keys the lease in such a space and nowhere else`(isAuto: Bool)
        async throws
    {
        let server = try await RedisServer.shared()
        try await withRedisClient(try server.configuration(socketTimeout: .seconds(10))) { client in
            let unique = "t" + String(UInt64.random(in: .min ... .max), radix: 36)
            let space = try Space(namespace: unique, dataspace: isAuto ? Space.makeAutoDataspace() : "auto-mation")
            let pool = Pool(embeddedIn: space)
            let registry = RedisRegistry(space: space, client: client)
            _ = try await registry.put([("s", .init(string: "{}"), 0)], by: "test")
            _ = try await registry.publish(
                [.init(name: "t", document: .init(string: "{}"))],
                of: "s",
                cache: .init(string: "{}"),
                hash: "0"
            )
            try await RedisPool(pool, client: client).post(.serviceChanged(ServiceID(space: space, name: "s"), preferred: "x"))
            _ = try await RedisPool(pool, client: client).lead(as: "c", lease: .seconds(3600))
            _ = try await client.execute(JobGroup.create(SpaceKeys(space).jobs("s", .batch)))
            let again = await client.pipeline([JobGroup.create(SpaceKeys(space).jobs("s", .batch))])
            guard case .failure(let error) = again[0] else { throw QueueError(.redis, "the group was made twice") }
            #expect(error.serverCode == "BUSYGROUP")

            let keys = try await client.execute(RedisCommand("KEYS", "\(space):*")).array?.compactMap(\.string) ?? []
            #expect(keys.count >= 9)
            for (key, reply) in zip(keys, await client.pipeline(keys.map { RedisCommand("PTTL", $0) })) {
                let time = try reply.get().integer ?? -2
                if isAuto {
                    #expect((0...KeyLease.milliseconds).contains(time), "\(key)")
                } else {
                    #expect(time == -1 || key == pool.leader, "\(key)")
                }
            }
            _ = await client.pipeline(keys.map { RedisCommand("DEL", $0) })
        }
    }
}
