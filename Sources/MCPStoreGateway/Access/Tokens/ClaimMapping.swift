import Crypto
import Foundation
import MCPStore
import MCPStoreQueue

/// What the claims of a token mean here: which spaces, tools and roles its bearer has, and how much he may ask for.
///
/// By default all of it is in one claim that is made for this: `"mcpstore": {"spaces": ["a:*"], "tools": ["get_*"],
/// "roles": ["call"], "rate": 100, "burst": 200, "inFlight": 20}`. Claims of an issuer that knows nothing of this can be used
/// instead; roles are also taken from scopes such as `mcpstore:call`.
package struct ClaimMapping: Sendable, Equatable {
    /// What can be said of a bearer.
    package enum Field: String, Sendable, CaseIterable {
        case spaces, tools, roles, rate, burst, inFlight, name
    }

    /// What stands before a role in a scope.
    package static let scopePrefix = "mcpstore:"
    /// The most entries of one claim.
    private static let most = 256

    /// The claim of each field: a name, or names of nested members joined by dots.
    package var claims: [Field: String]
    /// What holds for tokens without the claim of the field, as it would stand there.
    package var defaults: [Field: JSONValue]
    /// Values of the claim of the roles that mean roles, such as groups of the issuer.
    package var roles: [String: AccessRole]

    package init(claims: [Field: String] = [:], defaults: [Field: JSONValue] = [:], roles: [String: AccessRole] = [:]) {
        self.claims = claims
        self.defaults = defaults
        self.roles = roles
    }

    /// The bearer of a token.
    ///
    /// - Throws: ``TokenRefusal`` where it does not say who he is, or a claim is not of the form that it should have.
    func principal(_ members: [String: JSONValue]) throws(TokenRefusal) -> Principal {
        guard let issuer = members["iss"]?.stringValue,
            let subject = ["sub", "client_id", "azp"].lazy.compactMap({ members[$0]?.stringValue }).first, !subject.isEmpty
        else { throw TokenRefusal("the token does not say whose it is ('sub')") }
        // Subjects are unique within an issuer only, and may hold anything.
        let digest = SHA256.hash(data: Data("\(issuer.utf8.count) \(issuer) \(subject)".utf8)).hexadecimal.prefix(24)
        let name = value(of: .name, in: members)?.stringValue ?? subject
        return Principal(
            name: String(name.oneLine.prefix(100)),
            id: "j\(digest)",
            spaces: try spaces(members),
            tools: try words(.tools, members).map { $0.map { NamePattern($0) } },
            roles: try roles(members),
            limits: try limits(members)
        )
    }

    private func spaces(_ members: [String: JSONValue]) throws(TokenRefusal) -> [SpacePattern] {
        let isOurs = isOurs(.spaces, members)
        var patterns: [SpacePattern] = []
        for text in try words(.spaces, members) ?? [] {
            // What an issuer did not write for us may come from its users: a tenant that calls itself '*' is not all tenants.
            guard isOurs || !text.contains("*") else { throw TokenRefusal("a namespace of the token has a '*' in its name") }
            do { patterns.append(try SpacePattern(text.contains(":") ? text : "\(text):*")) } catch {
                throw TokenRefusal("a namespace of the token is no name of one")
            }
        }
        return patterns
    }

    private func roles(_ members: [String: JSONValue]) throws(TokenRefusal) -> Set<AccessRole> {
        var found: Set<AccessRole> = []
        let isOurs = isOurs(.roles, members)
        for text in try words(.roles, members) ?? [] {
            // Groups of which nobody said what they mean mean nothing.
            if let role = roles[text] ?? (isOurs ? AccessRole(rawValue: text) : nil) { found.insert(role) }
        }
        for claim in ["scope", "scp"] {
            for text in try Self.words(members[claim], claim) ?? [] where text.hasPrefix(Self.scopePrefix) {
                if let role = AccessRole(rawValue: String(text.dropFirst(Self.scopePrefix.count))) { found.insert(role) }
            }
        }
        return found
    }

    private func limits(_ members: [String: JSONValue]) throws(TokenRefusal) -> AccessLimits? {
        var limits = AccessLimits()
        limits.rate = try number(.rate, members)
        limits.burst = try number(.burst, members).map { Int($0.rounded(.up)) }
        limits.inFlight = try number(.inFlight, members).map { Int($0.rounded(.up)) }
        guard limits.isValid else { throw TokenRefusal("the limits in the token are not possible") }
        return limits.isEmpty ? nil : limits
    }

    private func number(_ field: Field, _ members: [String: JSONValue]) throws(TokenRefusal) -> Double? {
        guard let value = value(of: field, in: members) else { return nil }
        guard let number = value.numberValue, number.isFinite, (0...1e9).contains(number) else {
            throw TokenRefusal("the token's '\(name(of: field))' is no number")
        }
        return number
    }

    // MARK: Claims

    private func name(of field: Field) -> String { claims[field] ?? "mcpstore.\(field.rawValue)" }

    /// Whether the value of a field was written for us: by the issuer in the claim of ours, or by the operator as the default.
    private func isOurs(_ field: Field, _ members: [String: JSONValue]) -> Bool {
        claims[field] == nil || value(ofClaim: field, in: members) == nil
    }

    private func value(of field: Field, in members: [String: JSONValue]) -> JSONValue? {
        value(ofClaim: field, in: members) ?? defaults[field]
    }

    /// The name as it is, and where there is no such claim, as a path.
    private func value(ofClaim field: Field, in members: [String: JSONValue]) -> JSONValue? {
        let name = name(of: field)
        if let value = members[name] { return value == .null ? nil : value }
        var value = JSONValue.object(members)
        for part in name.split(separator: ".") {
            guard let inner = value[String(part)] else { return nil }
            value = inner
        }
        return value == .null ? nil : value
    }

    private func words(_ field: Field, _ members: [String: JSONValue]) throws(TokenRefusal) -> [String]? {
        try Self.words(value(of: field, in: members), name(of: field))
    }

    /// An array of strings, or one string with words between spaces, as scopes are written.
    private static func words(_ value: JSONValue?, _ name: String) throws(TokenRefusal) -> [String]? {
        switch value {
        case nil: return nil
        case .string(let text)?:
            let words = text.split(separator: " ").map(String.init)
            guard words.count <= most else { throw TokenRefusal("the token's '\(name)' has more than \(most) entries") }
            return words
        case .array(let elements)?:
            guard elements.count <= most else { throw TokenRefusal("the token's '\(name)' has more than \(most) entries") }
            var words: [String] = []
            for element in elements {
                guard let text = element.stringValue else { throw TokenRefusal("the token's '\(name)' holds what is no string") }
                words.append(text)
            }
            return words
        default: throw TokenRefusal("the token's '\(name)' is neither a string nor an array")
        }
    }
}
