import Crypto
import Foundation
import MCPStore
import MCPStoreQueue
import NIOConcurrencyHelpers
import Testing

@testable import MCPStoreGateway

/// Tokens that are in order, and tokens that somebody made who would like to be somebody else.
struct TokenTests {
    /// Why a token is refused; `nil` where it is taken.
    private func refusal(_ authenticator: TokenAuthenticator, _ token: String) async throws -> String? {
        do {
            return try await authenticator.principal(for: token) == nil ? "nobody" : nil
        } catch {
            #expect(error.status == 401 && error.authenticate?.contains("invalid_token") == true)
            return error.detail
        }
    }

    @Test(arguments: ["EdDSA", "ES256", "ES384", "RS256", "PS256"])
    func `Tokens are taken that are signed with a key of the set`(_ algorithm: String) async throws {
        let maker = try TokenMaker()
        let authenticator = try maker.authenticator()
        let principal = try await authenticator.principal(for: try maker.token(TokenMaker.claims(), algorithm))
        #expect(principal?.name == "user-1")
        #expect(principal?.id.hasPrefix("j") == true && principal?.id.count == 25)
        // Without a name of the key, each of the algorithm is tried.
        let nameless = try maker.token(
            header: #"{"alg":"\#(algorithm)"}"#,
            JSONValue.object(TokenMaker.claims()).description,
            algorithm
        )
        #expect(try await refusal(authenticator, nameless) == nil)
    }

    @Test func `A shared secret is for HS256 alone, and must be long enough`() async throws {
        let maker = try TokenMaker()
        let keys = TokenKeySource(fixed: TokenKeySet([try TokenKey(secret: maker.secret)]))
        let authenticator = TokenAuthenticator(
            keys: keys,
            rules: TokenMaker.rules,
            mapping: ClaimMapping(),
            now: { TokenMaker.now }
        )
        #expect(try await refusal(authenticator, try maker.token(TokenMaker.claims(), "HS256")) == nil)
        #expect(try await refusal(authenticator, try maker.token(TokenMaker.claims(), "RS256")) != nil)
        #expect(throws: TokenRefusal.self) { try TokenKey(secret: Data(repeating: 1, count: 31)) }
    }

    @Test(arguments: ["HS256", "HS256 with the RSA key", "HS256 with the Ed25519 key"])
    func `No secret makes a token where keys are public, the public keys themselves least of all`(_ signing: String) async throws
    {
        let maker = try TokenMaker()
        for kid in ["RS256", "EdDSA", "HS256"] {
            let token = try maker.token(TokenMaker.claims(), "HS256", signing: signing, header: ["kid": .string(kid)])
            #expect(try await refusal(try maker.authenticator(), token) != nil)
        }
    }

    @Test(arguments: ["none", "None", "NONE", "nOnE", "", "HS512", "RS1", "ES256K", "RSA-OAEP", "dir"])
    func `Other algorithms are refused, none first of all`(_ algorithm: String) async throws {
        let maker = try TokenMaker()
        let authenticator = try maker.authenticator()
        for kid in ["EdDSA", "RS256"] {
            let header: [String: JSONValue] = ["kid": .string(kid)]
            let unsigned = try maker.token(TokenMaker.claims(), algorithm, header: header)
            #expect(try await refusal(authenticator, unsigned) != nil)
            let signed = try maker.token(TokenMaker.claims(), algorithm, signing: kid, header: header)
            #expect(try await refusal(authenticator, signed) != nil)
        }
    }

    @Test func `A key is used for its own algorithm only`() async throws {
        let maker = try TokenMaker()
        let authenticator = try maker.authenticator()
        // The RSA key of RS256 would verify PS256 too, and the other way round.
        for (said, key) in [("PS256", "RS256"), ("RS256", "PS256"), ("ES256", "EdDSA"), ("EdDSA", "ES256"), ("ES384", "ES256")] {
            let token = try maker.token(TokenMaker.claims(), said, header: ["kid": .string(key)])
            #expect(try await refusal(authenticator, token) != nil, "\(said) with the key of \(key)")
        }
    }

    @Test func `Keys that a token brings along are not looked at`() async throws {
        let (maker, thief) = (try TokenMaker(), try TokenMaker())
        let authenticator = try maker.authenticator()
        let own: JSONValue = [
            "kty": "OKP", "crv": "Ed25519", "x": .string(Base64URL.encode(thief.edKey.publicKey.rawRepresentation)),
        ]
        for header: [String: JSONValue] in [
            [:], ["jwk": own], ["jku": "https://thief.example/keys"], ["x5u": "https://thief.example/c"], ["kid": "thief"],
        ] {
            #expect(try await refusal(authenticator, try thief.token(header: header)) != nil)
        }
    }

    @Test func `What was changed after it was signed is refused, each byte of it`() async throws {
        let maker = try TokenMaker()
        let authenticator = try maker.authenticator()
        let token = try maker.token()
        #expect(try await refusal(authenticator, token) == nil)
        let bytes = Array(token.utf8)
        for index in bytes.indices {
            var changed = bytes
            changed[index] = bytes[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let text = String(decoding: changed, as: UTF8.self)
            #expect(try await refusal(authenticator, text) != nil, "byte \(index)")
        }
        for text in [
            token + "A", token + "=", token + ".", String(token.dropLast()), token + " ",
            token.replacingOccurrences(of: ".", with: ".."),
        ] {
            #expect(try await refusal(authenticator, text) != nil)
        }
    }

    @Test func `Other forms are no tokens`() async throws {
        let maker = try TokenMaker()
        let authenticator = try maker.authenticator()
        let good = JSONValue.object(TokenMaker.claims()).description
        let key = #""kid":"EdDSA""#
        for header in [
            #"{\#(key)}"#, #"{"alg":1,\#(key)}"#, #"{"alg":["EdDSA"],\#(key)}"#, #"{"alg":"EdDSA","alg":"none",\#(key)}"#,
            #"{"alg":"EdDSA","crit":["exp"],\#(key)}"#, #"{"alg":"EdDSA","b64":false,"crit":["b64"],\#(key)}"#,
            #"{"alg":"EdDSA","kid":7}"#, #"{"alg":"EdDSA","typ":"dpop+jwt",\#(key)}"#, #"{"alg":"EdDSA","typ":7,\#(key)}"#,
            "[]", "", "null", #"{"alg":"EdDSA",\#(key)} x"#,
        ] {
            #expect(try await refusal(authenticator, try maker.token(header: header, good, "EdDSA")) != nil, "\(header)")
        }
        let plain = #"{"alg":"EdDSA",\#(key)}"#
        for payload in ["[]", "null", "", "{", good + good, String(repeating: "[", count: 5000)] {
            #expect(try await refusal(authenticator, try maker.token(header: plain, payload, "EdDSA")) != nil)
        }
        // A second issuer in one object: whichever a library takes, another takes the other.
        let twice = good.dropLast() + #","iss":"https://thief.example"}"#
        #expect(try await refusal(authenticator, try maker.token(header: plain, String(twice), "EdDSA")) != nil)
        for text in ["", ".", "..", "a.b", "a.b.c.d.e", String(repeating: "a", count: 20_000)] {
            #expect(try await refusal(authenticator, text) != nil)
        }
        let huge = TokenMaker.claims(["x": .string(String(repeating: "x", count: 20_000))])
        #expect(try await refusal(authenticator, try maker.token(huge)) != nil)
    }

    @Test func `Issuer, audience and times are those that are asked for, with the leeway that is said`() async throws {
        let maker = try TokenMaker()
        let authenticator = try maker.authenticator()
        let now = Int(TokenMaker.now)
        let good: [[String: JSONValue?]] = [
            ["aud": ["https://other.example", .string(TokenMaker.audience)]], ["exp": .integer(now - 29)],
            ["nbf": .integer(now + 30)], ["exp": .number(TokenMaker.now + 0.5)],
        ]
        for changes in good {
            #expect(try await refusal(authenticator, try maker.token(TokenMaker.claims(changes))) == nil, "\(changes)")
        }
        let bad: [[String: JSONValue?]] = [
            ["iss": nil], ["iss": "https://login.example/"], ["iss": ["https://login.example"]], ["aud": nil], ["aud": []],
            ["aud": "https://tools.example/mcp/x"], ["aud": ["x": .string(TokenMaker.audience)]], ["exp": nil],
            ["exp": .integer(now - 30)], ["exp": "9999999999"], ["exp": .null], ["exp": -1], ["nbf": .integer(now + 31)],
            ["nbf": "0"], ["sub": nil], ["sub": ""], ["sub": 7],
        ]
        for changes in bad {
            #expect(try await refusal(authenticator, try maker.token(TokenMaker.claims(changes))) != nil, "\(changes)")
        }
    }

    @Test func `A token that was good is not good for longer than it says`() async throws {
        let maker = try TokenMaker()
        let clock = NIOLockedValueBox(TokenMaker.now)
        let authenticator = try maker.authenticator(now: { clock.withLockedValue { $0 } })
        let token = try maker.token(TokenMaker.claims(["exp": .integer(Int(TokenMaker.now) - 20)]))
        #expect(try await refusal(authenticator, token) == nil)
        clock.withLockedValue { $0 += 9 }
        #expect(try await refusal(authenticator, token) == nil)
        clock.withLockedValue { $0 += 1 }
        #expect(try await refusal(authenticator, token)?.contains("over") == true)
    }

    @Test func `Keys and tokens are told apart`() async throws {
        let maker = try TokenMaker()
        let (key, text) = AccessKey.make(
            name: "k",
            spaces: [.all],
            tools: [NamePattern("*")],
            roles: [.call],
            lifetime: nil,
            by: "t"
        )
        let keys = KeyAuthenticator { (id) async throws(QueueError) in id == key.id ? key : nil }
        let tokens = try maker.authenticator()
        let token = try maker.token()
        let both = AccessAuthenticator(keys: keys, tokens: tokens)
        #expect(try await both.principal(for: text)?.id == key.id)
        #expect(try await both.principal(for: token)?.name == "user-1")
        #expect(try await AccessAuthenticator(keys: keys, tokens: nil).principal(for: token) == nil)
        #expect(try await AccessAuthenticator(keys: nil, tokens: tokens).principal(for: text) == nil)
    }
}
