import ArgumentParser
import Foundation
import Logging
import MCPStore
import MCPStoreGateway
import MCPStoreQueue

/// Which tokens of which issuer a gateway takes, and what they mean.
struct TokenArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Take JSON Web Tokens of this issuer, beside keys: what their 'iss' is. [MCPSTORE_JWT_ISSUER]",
            valueName: "issuer"
        )
    )
    var jwtIssuer: String?

    @Option(
        help: ArgumentHelp(
            "For whom tokens must be made ('aud'); may be repeated. [MCPSTORE_JWT_AUDIENCE, with commas between]",
            valueName: "audience"
        )
    )
    var jwtAudience: [String] = []

    @Option(
        help: ArgumentHelp(
            "The issuer's public keys (a JWK set): a file, or an https URL. [MCPSTORE_JWT_JWKS]",
            valueName: "file or url"
        )
    )
    var jwtJwks: String?

    @Option(
        help: ArgumentHelp(
            "A file with the secret that issuer and gateway share, for HS256, instead of --jwt-jwks. [MCPSTORE_JWT_SECRET holds the secret itself]",
            valueName: "file"
        )
    )
    var jwtSecretFile: String?

    @Option(
        help: ArgumentHelp("By how much the clocks of issuer and gateway may differ. (default: 30s)", valueName: "time"),
        transform: TimeSpan.init
    )
    var jwtLeeway: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "The claim that says spaces, tools, roles, rate, burst, inFlight or name, such as spaces=tenant; may be repeated. (default: mcpstore.spaces and so on)",
            valueName: "what=claim"
        ),
        transform: Self.pair
    )
    var jwtClaim: [Pair] = []

    @Option(
        help: ArgumentHelp(
            "What holds for tokens without that claim, such as roles=call; may be repeated. (default: no spaces, all tools, no roles)",
            valueName: "what=value"
        ),
        transform: Self.pair
    )
    var jwtDefault: [Pair] = []

    @Option(
        help: ArgumentHelp(
            "A value of the claim of the roles that means one, such as platform-team=operate; may be repeated.",
            valueName: "value=role"
        ),
        transform: Self.pair
    )
    var jwtRole: [Pair] = []

    @Option(
        help: ArgumentHelp(
            "The address of the gateway as its clients know it, such as https://tools.example.com, for the metadata of OAuth. (default: as a request names it)",
            valueName: "url"
        )
    )
    var publicURL: String?

    @Option(
        help: ArgumentHelp(
            "Where clients get tokens, for the metadata of OAuth; may be repeated. (default: the issuer)",
            valueName: "url"
        )
    )
    var authorizationServer: [String] = []

    @Option(
        help: ArgumentHelp(
            "A PEM file with the certificates that vouch for the server of --jwt-jwks. (default: those of this machine)",
            valueName: "file"
        )
    )
    var jwtJwksCa: String?

    /// `name=value`
    struct Pair: Sendable, Equatable {
        let name: String
        let value: String
    }

    static func pair(_ text: String) throws -> Pair {
        // Groups of an issuer may be called anything.
        guard let cut = text.lastIndex(of: "="), cut != text.startIndex, text.index(after: cut) != text.endIndex else {
            throw ValidationError("'\(text.prefix(60))' is not of the form name=value")
        }
        return Pair(name: String(text[..<cut]), value: String(text[text.index(after: cut)...]))
    }

    func validate() throws {
        _ = try mapping()
        for url in authorizationServer + [publicURL].compactMap(\.self) {
            guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme), parts.host?.isEmpty == false,
                !url.contains("\""), !url.contains("\\")
            else { throw ValidationError("'\(url.prefix(100))' is no http or https URL") }
        }
        if let publicURL, URLComponents(string: publicURL).map({ !$0.path.isEmpty || $0.query != nil }) != false {
            throw ValidationError("--public-url must have no path: https://tools.example.com")
        }
    }

    /// What takes tokens; `nil` where none are taken.
    ///
    /// - Throws: Where something is missing, or the keys are of no use.
    func authenticator(environment: [String: String], logger: Logger) async throws -> TokenAuthenticator? {
        let jwks = jwtJwks ?? environment["MCPSTORE_JWT_JWKS"]
        let secret = try secret(environment)
        if let jwtJwksCa {
            guard jwks?.hasPrefix("https://") == true else {
                throw Self.failure("--jwt-jwks-ca goes with an https URL of --jwt-jwks")
            }
            _ = try ConfigurationFile.read(jwtJwksCa, what: "the certificates of --jwt-jwks-ca")
        }
        guard let issuer = issuer(environment) else {
            guard jwks == nil, secret == nil, jwtAudience.isEmpty else { throw Self.failure("say whose tokens: --jwt-issuer") }
            return nil
        }
        let audiences = environment["MCPSTORE_JWT_AUDIENCE"].map { $0.split(separator: ",").map(String.init) } ?? []
        let wanted = Set(jwtAudience.isEmpty ? audiences : jwtAudience)
        guard !wanted.isEmpty else {
            throw Self.failure("say for whom tokens must be made: --jwt-audience; those for others are not for this gateway")
        }
        let source: TokenKeySource
        switch (jwks, secret) {
        case (let place?, nil):
            do { source = try TokenKeyPlace(place).source(authority: jwtJwksCa, logger: logger) } catch {
                throw Self.failure("--jwt-jwks: \(error)")
            }
            if let problem = await source.read() {
                // A URL may come later than the gateway; a file that is wrong is a mistake.
                guard place.contains("://") else { throw Self.failure("the keys in \(place) cannot be used: \(problem)") }
            }
        case (nil, let secret?):
            do { source = TokenKeySource(fixed: TokenKeySet([try TokenKey(secret: Array(secret.utf8))])) } catch {
                throw Self.failure("\(error)")
            }
        default: throw Self.failure("say how tokens are checked: with --jwt-jwks, or with --jwt-secret-file; one of them")
        }
        let leeway = (jwtLeeway?.duration ?? .seconds(30)) / .seconds(1)
        return TokenAuthenticator(
            keys: source,
            rules: TokenRules(issuer: issuer, audiences: wanted, leeway: leeway),
            mapping: try mapping()
        )
    }

    /// What clients of OAuth are told; `nil` where no tokens are taken.
    func resources(environment: [String: String], isTLS: Bool) -> ResourceMetadata? {
        guard let issuer = issuer(environment) else { return nil }
        let servers = authorizationServer.isEmpty && issuer.contains("://") ? [issuer] : authorizationServer
        return ResourceMetadata(authorizationServers: servers, publicURL: publicURL, isTLS: isTLS)
    }

    private func issuer(_ environment: [String: String]) -> String? { jwtIssuer ?? environment["MCPSTORE_JWT_ISSUER"] }

    private func secret(_ environment: [String: String]) throws -> String? {
        guard let jwtSecretFile else { return environment["MCPSTORE_JWT_SECRET"] }
        let bytes = try ConfigurationFile.read(jwtSecretFile, what: "the shared secret")
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    private func mapping() throws -> ClaimMapping {
        var mapping = ClaimMapping()
        for pair in jwtClaim { mapping.claims[try Self.field(pair)] = pair.value }
        for pair in jwtDefault {
            let field = try Self.field(pair)
            switch field {
            case .spaces, .tools, .roles:
                mapping.defaults[field] = .array(pair.value.split(separator: ",").map { .string(String($0)) })
            case .rate: mapping.defaults[field] = .number(try LimitArguments.rate(pair.value))
            case .burst, .inFlight:
                guard let number = Int(pair.value) else { throw ValidationError("--jwt-default \(pair.name) needs a number") }
                mapping.defaults[field] = .integer(number)
            case .name: mapping.defaults[field] = .string(pair.value)
            }
        }
        for pair in jwtRole {
            guard let role = AccessRole(rawValue: pair.value) else {
                throw ValidationError("--jwt-role needs value=role with call, submit, manage or operate")
            }
            mapping.roles[pair.name] = role
        }
        return mapping
    }

    private static func field(_ pair: Pair) throws -> ClaimMapping.Field {
        guard let field = ClaimMapping.Field(rawValue: pair.name) else {
            let all = ClaimMapping.Field.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(pair.name.prefix(40))' is none of \(all)")
        }
        return field
    }

    private static func failure(_ message: String) -> CommandFailure { CommandFailure(status: .usage, message: message) }
}
