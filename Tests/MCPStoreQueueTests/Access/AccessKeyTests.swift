import Foundation
import Testing

@testable import MCPStoreQueue

struct AccessKeyTests {
    private func make(lifetime: Duration? = nil) throws -> (key: AccessKey, text: String) {
        AccessKey.make(
            name: "ci",
            spaces: [try SpacePattern("a:*")],
            tools: [NamePattern("get_*")],
            roles: [.operate, .call, .call],
            lifetime: lifetime,
            by: "me"
        )
    }

    @Test func `A key is known by its secret, of which a digest is kept only`() throws {
        let (key, text) = try make()
        let parts = try #require(AccessKey.parts(of: text))
        #expect(parts.id == key.id)
        #expect(key.matches(secret: parts.secret))
        #expect(!key.matches(secret: String(parts.secret.reversed()) + "x"))
        let stored = String(decoding: try JSONEncoder().encode(key), as: UTF8.self)
        #expect(!stored.contains(parts.secret) && stored.contains(key.digest))
        #expect(key.roles == [.call, .operate] && key.spaces == ["a:*"] && key.tools == ["get_*"])
    }

    @Test func `No two keys are alike`() throws {
        let (first, second) = (try make(), try make())
        #expect(first.key.id != second.key.id && first.key.digest != second.key.digest)
        let other = try #require(AccessKey.parts(of: second.text))
        #expect(!first.key.matches(secret: other.secret))
    }

    @Test(arguments: [
        "", "mcps", "mcps_0123456789", "sk_0123456789_" + String(repeating: "a", count: 48),
        "mcps_0123456789_" + String(repeating: "a", count: 47), "mcps_01234567:9_" + String(repeating: "a", count: 48),
        "mcps_0123456789_" + String(repeating: "a", count: 48) + "_x",
    ])
    func `What is no key is told at once`(_ text: String) {
        #expect(AccessKey.parts(of: text) == nil)
    }

    @Test func `A key may end`() throws {
        let expires = try #require(try make(lifetime: .seconds(60)).key.expires)
        let left = Double(expires) - Date().timeIntervalSince1970 * 1000
        #expect(left > 0 && left <= 60_000)
        #expect(try make().key.expires == nil)
    }

    @Test func `Redis keeps keys by their id, each once`() async throws {
        try await withFixture { fixture in
            let keys = RedisAccessKeys(fixture.pool, client: fixture.client)
            let (one, two) = (try make().key, try make().key)
            try await keys.add(two)
            try await keys.add(one)
            await #expect(throws: QueueError.self) { try await keys.add(one) }
            #expect(try await keys.all().map(\.id) == [one.id, two.id].sorted())
            #expect(try await keys.find(one.id) == one)
            #expect(try await keys.remove(one.id))
            #expect(try await !keys.remove(one.id))
            #expect(try await keys.find(one.id) == nil)
            // One of a later version, with a role that is not known here, opens nothing.
            _ = try await fixture.execute("HSET", fixture.pool.keys, "later", #"{"id":"later","roles":["fly"]}"#)
            #expect(try await keys.find("later") == nil)
            #expect(try await keys.all() == [two])
        }
    }
}
