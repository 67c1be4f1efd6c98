import MCPStoreQueue
import MCPStoreWorker

/// What is shown of configurations: enough to recognise them, without what may be a secret (invariant I11).
package enum Redaction {
    private static let words = [
        "token", "secret", "password", "passwd", "apikey", "api-key", "api_key", "key", "credential", "auth",
    ]

    /// Whether a variable, header or option of this name usually holds a secret.
    package static func isSecret(_ name: String) -> Bool {
        let lower = name.lowercased()
        return words.contains { lower.contains($0) } || lower == "cookie"
    }

    /// Whether a value holds a reference that a worker resolves, perhaps behind a word such as `Bearer`.
    package static func isReference(_ value: String) -> Bool {
        value.contains("${") && value.contains("}")
    }

    /// The command with its arguments, or the URL.
    static func target(_ configuration: ServiceConfiguration) -> String {
        if let url = configuration.url { return self.url(url) }
        guard let command = configuration.command else { return "" }
        return ([command] + arguments(configuration.args ?? [])).joined(separator: " ").oneLine
    }

    /// Arguments without the values of options that usually hold a secret, and without what URLs may hide.
    static func arguments(_ arguments: [String]) -> [String] {
        var hidesNext = false
        return arguments.map { argument in
            if hidesNext {
                hidesNext = false
                return isPureReference(argument) ? argument : "***"
            }
            // `--token=x`, as for `docker -e` also `TOKEN=x`, and as for `curl -H` also `Authorization: x`.
            for separator in ["=", ": "] {
                guard let cut = argument.firstRange(of: separator), isSecret(String(argument[..<cut.lowerBound])) else {
                    continue
                }
                let value = argument[cut.upperBound...]
                return isPureReference(value) ? argument : argument[..<cut.upperBound] + "***"
            }
            hidesNext = argument.hasPrefix("-") && isSecret(argument)
            if argument.contains("://") { return url(argument) }
            return SecretGuess.isSecret(value: argument) ? "***" : argument
        }
    }

    /// Whether a value is nothing but references without defaults: `${A}` or `${A}${B}`.
    private static func isPureReference(_ value: some StringProtocol) -> Bool {
        var rest = Substring(value)
        while rest.hasPrefix("${"), let end = rest.firstIndex(of: "}") {
            let name = rest[..<end].dropFirst(2)
            guard !name.isEmpty, name.utf8.allSatisfy(Name.isAllowedInVariable) else { return false }
            rest = rest[rest.index(after: end)...]
        }
        return rest.isEmpty && !value.isEmpty
    }

    /// A URL without user, password and the values of its query.
    package static func url(_ url: String) -> String {
        var text = Substring(url)
        if let query = text.firstIndex(of: "?") {
            let isHarmless = text[query...].dropFirst().split(separator: "&").allSatisfy { pair in
                pair.firstIndex(of: "=").map { isPureReference(pair[$0...].dropFirst()) } ?? false
            }
            if !isHarmless { text = text[..<query] + "?***" }
        }
        if let scheme = text.firstRange(of: "://") {
            let rest = text[scheme.upperBound...]
            let authority = rest[..<(rest.firstIndex(of: "/") ?? rest.endIndex)]
            if let at = authority.lastIndex(of: "@") {
                text = text[..<scheme.upperBound] + "***" + rest[at...]
            }
        }
        return String(text).oneLine
    }

    /// A configuration for people to see: values of `env` and `headers` that are not purely references are hidden, whatever
    /// their name, because no list of names is complete; arguments are shown as in ``target(_:)``.
    package static func configuration(_ value: JSONValue) -> JSONValue {
        guard var members = value.objectValue else { return value }
        for name in ["env", "headers"] {
            guard let entries = members[name]?.objectValue else { continue }
            members[name] = .object(
                entries.reduce(into: [:]) { result, entry in
                    let isShown = entry.value.stringValue.map { isPureReference($0) } ?? false
                    result[entry.key] = isShown ? entry.value : "***"
                }
            )
        }
        if let args = members["args"]?.arrayValue {
            let texts = args.compactMap(\.stringValue)
            members["args"] = texts.count == args.count ? .array(arguments(texts).map { .string($0) }) : "***"
        }
        if let url = members["url"]?.stringValue { members["url"] = .string(self.url(url)) }
        for (name, value) in members where !ServiceEntryCheck.known.contains(name) { members[name] = unknown(name, value) }
        return .object(members)
    }

    /// What nothing here uses, and what may be anything.
    private static func unknown(_ name: String, _ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members): .object(members.reduce(into: [:]) { $0[$1.key] = unknown($1.key, $1.value) })
        case .array(let elements): .array(elements.map { unknown(name, $0) })
        case .string(let text) where isPureReference(text): value
        case .string(let text): isSecret(name) || SecretGuess.isSecret(value: text) ? "***" : value
        default: isSecret(name) && value != .null ? "***" : value
        }
    }
}
