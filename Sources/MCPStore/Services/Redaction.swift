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

    /// Whether a value is nothing but references that a worker resolves, perhaps behind a word such as `Bearer`.
    package static func isReference(_ value: String) -> Bool {
        value.contains("${") && value.contains("}")
    }

    /// The command with its arguments, or the URL.
    static func target(_ configuration: ServiceConfiguration) -> String {
        if let url = configuration.url { return self.url(url) }
        guard let command = configuration.command else { return "" }
        var words = [command]
        var hidesNext = false
        for argument in configuration.args ?? [] {
            if hidesNext, !isReference(argument) {
                words.append("***")
                hidesNext = false
            } else if argument.hasPrefix("-"), isSecret(argument) {
                let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                words.append(parts.count == 2 && !isReference(argument) ? parts[0] + "=***" : argument)
                hidesNext = parts.count == 1
            } else {
                words.append(argument)
                hidesNext = false
            }
        }
        return words.joined(separator: " ").oneLine
    }

    /// A URL without user, password and the values of its query.
    package static func url(_ url: String) -> String {
        var text = Substring(url)
        if let query = text.firstIndex(of: "?"), !isReference(String(text[query...])) { text = text[..<query] + "?***" }
        if let scheme = text.firstRange(of: "://") {
            let rest = text[scheme.upperBound...]
            let authority = rest[..<(rest.firstIndex(of: "/") ?? rest.endIndex)]
            if let at = authority.lastIndex(of: "@") {
                text = text[..<scheme.upperBound] + "***" + rest[at...]
            }
        }
        return String(text).oneLine
    }

    /// A configuration for people to see: values of `env` and `headers` that are no references are hidden, unless their name
    /// says that they are harmless.
    package static func configuration(_ value: JSONValue) -> JSONValue {
        guard var members = value.objectValue else { return value }
        for name in ["env", "headers"] {
            guard let entries = members[name]?.objectValue else { continue }
            members[name] = .object(
                entries.reduce(into: [:]) { result, entry in
                    let isHidden = isSecret(entry.key) && !(entry.value.stringValue.map(isReference) ?? false)
                    result[entry.key] = isHidden ? "***" : entry.value
                }
            )
        }
        if let url = members["url"]?.stringValue { members["url"] = .string(self.url(url)) }
        return .object(members)
    }
}
