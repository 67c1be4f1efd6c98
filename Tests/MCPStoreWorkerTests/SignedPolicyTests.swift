import Crypto
import CryptoExtras
import Foundation
import MCPStoreProtocol
import MCPStoreQueue
import Testing

@testable import MCPStoreWorker

/// Configurations that an operator signed, and what somebody makes of them who may write to Redis.
struct SignedPolicyTests {
    private let operators = Curve25519.Signing.PrivateKey()
    private let entry = #""command":"npx","args":["-y","a"],"env":{"A":"1","B":"${TOKEN}"},"cwd":"/srv""#

    private func configuration(_ members: String) throws -> ServiceConfiguration {
        try JSONDecoder().decode(ServiceConfiguration.self, from: Data("{\(members)}".utf8))
    }

    private func signed(_ spaces: String = "*:*", by key: Curve25519.Signing.PrivateKey? = nil) throws -> ServiceConfiguration {
        var configuration = try configuration(entry)
        configuration.signature = try ServiceSignature(configuration, spaces: try SpacePattern(spaces), key: key ?? operators)
        // As it comes out of Redis.
        return try JSONDecoder().decode(ServiceConfiguration.self, from: try JSONEncoder().encode(configuration))
    }

    /// Why it is not started; `nil` where it is.
    private func refusal(_ configuration: ServiceConfiguration, in space: String = "a:w") throws -> String? {
        let resolver = ServerResolver(
            variables: VariableResolver(variables: ["TOKEN": "t"]),
            policy: .signed(SigningKeys([operators.publicKey]))
        )
        do {
            _ = try resolver.resolve(configuration, in: try #require(Space(space)))
            return nil
        } catch let error as ServerResolver.Refusal {
            return error.description
        }
    }

    @Test func `What an operator signed is started, and how it is used may change`() throws {
        var configuration = try signed()
        #expect(try refusal(configuration) == nil)
        configuration.concurrency = 7
        configuration.toolSettings = [:]
        #expect(try refusal(configuration) == nil)
        #expect(try refusal(try signed("a:*")) == nil)
        #expect(try refusal(try self.configuration(#""url":"http://127.0.0.1/mcp""#)) == nil)
    }

    @Test func `What was changed after it was signed is not started`() throws {
        let changes: [(inout ServiceConfiguration) -> Void] = [
            { $0.command = "sh" }, { $0.args = ["-y"] }, { $0.args = ["-y", "a", ""] }, { $0.args = ["-ya"] }, { $0.args = nil },
            { $0.env?["A"] = "2" }, { $0.env?["LD_PRELOAD"] = "/tmp/x.so" }, { $0.env?["B"] = nil }, { $0.env = nil },
            { $0.cwd = "/" },
            { $0.cwd = nil }, { $0.signature?.spaces = "b:*" }, { $0.signature?.value = "" }, { $0.signature?.value = "AAAA" },
        ]
        for (index, change) in changes.enumerated() {
            var configuration = try signed()
            change(&configuration)
            #expect(try refusal(configuration)?.contains("changed after it was signed") == true, "change \(index)")
        }
    }

    @Test func `Nothing moves from one part of a configuration to another`() throws {
        // The same texts in another order and grouping.
        var configuration = try configuration(#""command":"a","args":["b","c"],"env":{"D":"e"}"#)
        configuration.signature = try ServiceSignature(configuration, spaces: .all, key: operators)
        #expect(try refusal(configuration) == nil)
        for members in [
            #""command":"a","args":["b"],"env":{"c":"","D":"e"}"#, #""command":"a","args":["b","c","D","e"]"#,
            #""command":"a\n1:b","args":["c"],"env":{"D":"e"}"#, #""command":"a","args":["b","c"],"env":{},"cwd":"e""#,
        ] {
            var other = try self.configuration(members)
            other.signature = configuration.signature
            #expect(try refusal(other) != nil, "\(members)")
        }
    }

    @Test func `Without a signature, with that of a stranger or in another space it is not started`() throws {
        #expect(try refusal(try configuration(entry))?.contains("bears no signature") == true)
        let stranger = Curve25519.Signing.PrivateKey()
        #expect(try refusal(try signed(by: stranger))?.contains("does not trust the key") == true)
        // A stranger's signature under the name of the operator's key.
        var forged = try signed(by: stranger)
        forged.signature?.key = SigningKeys.id(of: operators.publicKey)
        #expect(try refusal(forged)?.contains("changed") == true)
        #expect(try refusal(try signed("a:*"), in: "b:w")?.contains("was signed for a:*") == true)
        var nowhere = try signed()
        nowhere.signature?.spaces = "nonsense"
        #expect(try refusal(nowhere) != nil)
    }

    @Test func `Keys are read as openssl writes them, several in one file`() throws {
        let other = Curve25519.Signing.PrivateKey()
        let pem = operators.publicKey.pemRepresentation + "\n# a second one\n" + other.publicKey.pemRepresentation + "\n"
        let ids = [SigningKeys.id(of: operators.publicKey), SigningKeys.id(of: other.publicKey)].sorted()
        #expect(try SigningKeys(pem: pem).ids == ids)
        #expect(try SigningKeys.privateKey(pem: operators.pemRepresentation).rawRepresentation == operators.rawRepresentation)
        let rsaLike = P256.Signing.PrivateKey().publicKey.pemRepresentation
        for text in ["", "nonsense", operators.pemRepresentation, rsaLike] {
            #expect(throws: SigningKeys.Unreadable.self) { try SigningKeys(pem: text) }
        }
        #expect(throws: SigningKeys.Unreadable.self) { try SigningKeys.privateKey(pem: operators.publicKey.pemRepresentation) }
    }
}
