import Foundation
import Logging
import MCPStore
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import MCPStoreGateway

/// Keys that are fetched: when, how often, and what is used meanwhile.
struct TokenKeySourceTests {
    /// Keys somewhere, a clock, and a place that may be away.
    private final class World: Sendable {
        let time = NIOLockedValueBox(ContinuousClock.now)
        let reads = NIOLockedValueBox(0)
        let document = NIOLockedValueBox<Data?>(nil)

        func pass(_ duration: Duration) { time.withLockedValue { $0 += duration } }

        func source() -> TokenKeySource {
            TokenKeySource("here", pace: .remote, logger: LogRecorder().logger, now: { self.time.withLockedValue { $0 } }) {
                self.reads.withLockedValue { $0 += 1 }
                guard let data = self.document.withLockedValue({ $0 }) else { throw TokenRefusal("it is away") }
                return data
            }
        }
    }

    @Test func `Keys are read once, and again after five minutes while the old ones are used`() async throws {
        let (maker, other, world) = (try TokenMaker(), try TokenMaker(), World())
        world.document.withLockedValue { $0 = try? Data(maker.jwks().description.utf8) }
        let source = world.source()
        for _ in 0..<20 { #expect(try await source.keys(for: .edDSA, id: "EdDSA").count == 1) }
        #expect(world.reads.withLockedValue { $0 } == 1)
        world.document.withLockedValue { $0 = try? Data(other.jwks().description.utf8) }
        world.pass(.seconds(301))
        let token = try WebToken(try other.token())
        try await eventually("the new key is known", within: .seconds(60)) {
            let keys = try await source.keys(for: .edDSA, id: "EdDSA")
            return (try? token.claims(checkedWith: keys)) != nil
        }
        #expect(world.reads.withLockedValue { $0 } == 2)
    }

    @Test func `A key that is not known is looked for at once, but not for each token that names one`() async throws {
        let (maker, world) = (try TokenMaker(), World())
        world.document.withLockedValue { $0 = try? Data(maker.jwks().description.utf8) }
        let source = world.source()
        #expect(try await source.keys(for: .edDSA, id: "EdDSA").count == 1)
        world.pass(.seconds(10))
        for number in 0..<100 { #expect(try await source.keys(for: .edDSA, id: "unknown-\(number)").isEmpty) }
        #expect(world.reads.withLockedValue { $0 } == 2)
    }

    @Test func `While the place is away, known keys are used for a day, and nobody is refused for good`() async throws {
        let (maker, world) = (try TokenMaker(), World())
        let source = world.source()
        for _ in 0..<50 {
            await #expect { try await source.keys(for: .edDSA, id: nil) } throws: { ($0 as? Problem)?.status == 503 }
        }
        #expect(world.reads.withLockedValue { $0 } == 1)
        world.document.withLockedValue { $0 = try? Data(maker.jwks().description.utf8) }
        world.pass(.seconds(10))
        #expect(try await source.keys(for: .edDSA, id: nil).count == 1)
        world.document.withLockedValue { $0 = nil }
        world.pass(.seconds(23 * 3600))
        #expect(try await source.keys(for: .edDSA, id: nil).count == 1)
        world.pass(.seconds(3601))
        await #expect { try await source.keys(for: .edDSA, id: nil) } throws: { ($0 as? Problem)?.status == 503 }
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"AAAA"}]}"#,
        #"{"keys":[{"kty":"RSA","n":"AQAB"}]}"#,
        #"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#, #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}"#,
        #"{"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]}"#, #"{"keys":[1]}"#,
    ])
    func `What is no set of keys is none`(_ text: String) {
        #expect(throws: TokenRefusal.self) { try TokenKeySet(jwks: Data(text.utf8)) }
    }

    @Test func `Keys are fetched over https, or from this machine`() throws {
        for good in ["https://login.example/keys", "http://127.0.0.1:1/keys", "http://[::1]/k", "/etc/keys.json", "keys.json"] {
            _ = try TokenKeyPlace(good)
        }
        for bad in ["http://login.example/keys", "ftp://x/y", "https://", "https://user:pw@x/keys", "file:///etc/keys"] {
            #expect(throws: TokenRefusal.self, "\(bad)") { try TokenKeyPlace(bad) }
        }
    }

    @Test func `A file is read again when it changes`() async throws {
        let (maker, other) = (try TokenMaker(), try TokenMaker())
        let directory = try TemporaryDirectory("keys")
        defer { directory.remove() }
        let path = directory.path + "/jwks.json"
        try maker.jwks().description.write(toFile: path, atomically: true, encoding: .utf8)
        let source = try TokenKeyPlace(path).source(logger: LogRecorder().logger)
        #expect(await source.read() == nil)
        let token = try WebToken(try other.token())
        try other.jwks().description.write(toFile: path, atomically: true, encoding: .utf8)
        try await eventually("the new key is known", within: .seconds(60)) {
            (try? token.claims(checkedWith: try await source.keys(for: .edDSA, id: "EdDSA"))) != nil
        }
    }
}
