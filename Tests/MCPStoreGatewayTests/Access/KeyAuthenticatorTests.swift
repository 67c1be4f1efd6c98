import MCPStoreQueue
import NIOConcurrencyHelpers
import Testing

@testable import MCPStoreGateway

struct KeyAuthenticatorTests {
    /// Keys, a clock and a Redis that may be away.
    private final class World: Sendable {
        let keys = NIOLockedValueBox<[String: AccessKey]>([:])
        let isAway = NIOLockedValueBox(false)
        let looked = NIOLockedValueBox(0)
        let time = NIOLockedValueBox(ContinuousClock.now)

        func make(expiresIn lifetime: Duration? = nil, tools: [String] = ["*"]) throws -> (id: String, text: String) {
            let (key, text) = AccessKey.make(
                name: "ci",
                spaces: [try SpacePattern("a:*")],
                tools: tools.map { NamePattern($0) },
                roles: [.call],
                lifetime: lifetime,
                by: "me"
            )
            keys.withLockedValue { $0[key.id] = key }
            return (key.id, text)
        }

        func pass(_ duration: Duration) { time.withLockedValue { $0 += duration } }

        var authenticator: KeyAuthenticator {
            KeyAuthenticator(now: { self.time.withLockedValue { $0 } }) { (id) async throws(QueueError) in
                self.looked.withLockedValue { $0 += 1 }
                if self.isAway.withLockedValue({ $0 }) { throw QueueError(.redis, "Redis is away") }
                return self.keys.withLockedValue { $0[id] }
            }
        }
    }

    @Test func `A key makes a principal with its spaces, tools and roles`() async throws {
        let world = World()
        let authenticator = world.authenticator
        let key = try world.make(tools: ["get_*"])
        let principal = try #require(try await authenticator.principal(for: key.text))
        #expect(principal.name == "ci" && principal.id == key.id)
        #expect(principal.sees(tool: "get_x", of: "s") && !principal.sees(tool: "delete_x", of: "s"))
        try principal.check(.call, in: Space(namespace: "a", dataspace: "x"))
        #expect(throws: Problem.self) { try principal.check(.call, in: Space(namespace: "b", dataspace: "x")) }
        #expect(throws: Problem.self) { try principal.check(.manage, in: Space(namespace: "a", dataspace: "x")) }
    }

    @Test func `Wrong secrets, unknown and malformed keys are nobody`() async throws {
        let world = World()
        let authenticator = world.authenticator
        let key = try world.make()
        let wrong = String(key.text.dropLast(4)) + "0000"
        let other = String(key.text.dropLast(4)) + "1111"
        // One of the two may be right by chance, not both.
        let wrongs = [try await authenticator.principal(for: wrong), try await authenticator.principal(for: other)]
        #expect(wrongs.contains(nil))
        #expect(try await authenticator.principal(for: "mcps_0000000000_" + String(repeating: "0", count: 48)) == nil)
        #expect(try await authenticator.principal(for: "nonsense") == nil)
    }

    @Test func `A key that was taken back is refused after five seconds, without a look at Redis for each call`() async throws {
        let world = World()
        let authenticator = world.authenticator
        let key = try world.make()
        for _ in 0..<10 { #expect(try await authenticator.principal(for: key.text) != nil) }
        #expect(world.looked.withLockedValue { $0 } == 1)
        world.keys.withLockedValue { $0 = [:] }
        world.pass(.seconds(5))
        #expect(try await authenticator.principal(for: key.text) == nil)
        #expect(world.looked.withLockedValue { $0 } == 2)
    }

    @Test func `A key that is over is refused`() async throws {
        let world = World()
        let key = try world.make(expiresIn: .milliseconds(-1))
        #expect(try await world.authenticator.principal(for: key.text) == nil)
    }

    @Test func `While Redis is away, known keys are believed for five minutes, and others are not refused for good`()
        async throws
    {
        let world = World()
        let authenticator = world.authenticator
        let (known, unknown) = (try world.make(), try world.make())
        #expect(try await authenticator.principal(for: known.text) != nil)
        world.isAway.withLockedValue { $0 = true }
        world.pass(.seconds(299))
        #expect(try await authenticator.principal(for: known.text) != nil)
        await #expect { try await authenticator.principal(for: unknown.text) } throws: { ($0 as? Problem)?.status == 503 }
        world.pass(.seconds(2))
        await #expect { try await authenticator.principal(for: known.text) } throws: { ($0 as? Problem)?.status == 503 }
    }
}
