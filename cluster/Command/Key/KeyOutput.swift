import Foundation
import MCPStore
import MCPStoreQueue

/// How a key is shown: never its secret, which nobody has.
enum KeyOutput {
    static func json(_ key: AccessKey) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(key.id), "name": .string(key.name), "spaces": .array(key.spaces.map { .string($0) }),
            "tools": .array(key.tools.map { .string($0) }), "roles": .array(key.roles.map { .string($0.rawValue) }),
            "created": .string(key.created), "by": .string(key.by),
        ]
        if let expires = key.expires { members["expires"] = .string(ISO8601.text(expires.plausible * 1000)) }
        if let limits = key.limits {
            if let rate = limits.rate { members["rate"] = .number(rate) }
            if let burst = limits.effectiveBurst { members["burst"] = .integer(burst) }
            if let inFlight = limits.inFlight { members["inFlight"] = .integer(inFlight) }
        }
        return .object(members)
    }

    /// The limits of a key for a person, such as `100/s, 20 in flight`.
    static func limits(_ key: AccessKey) -> String {
        guard let limits = key.limits else { return "-" }
        var parts: [String] = []
        if let rate = limits.rate { parts.append(rate >= 1 ? "\(rate.formatted())/s" : "\((rate * 3600).formatted())/h") }
        if let inFlight = limits.inFlight { parts.append("\(inFlight) in flight") }
        return parts.joined(separator: ", ")
    }
}
