/// Finds what looks like a secret in an entry, and puts references in its place.
enum EntrySecrets {
    /// A text of an entry that looks like a secret.
    struct Secret {
        /// Where it stands, for people: `'API_KEY' in 'env'`.
        var place: String
        /// What the entry calls it, as a variable: `API_KEY`.
        var name: String
        /// Whether that is a variable's name already, which the server itself knows.
        var isVariable: Bool
        var value: String

        /// The variable to keep it in; that of a header or an option has the service before its name.
        func variable(for service: String) -> String {
            // Workers pass nothing on that begins so: it opens Redis.
            isVariable && !name.hasPrefix("MCPSTORE_") ? name : "\(EntryNormalizer.variable(service))_\(name)"
        }
    }

    /// Puts references where secrets are.
    ///
    /// - Parameter variable: Gets each secret; returns the variable to refer to, or `nil` to leave it.
    static func replace(in members: inout [String: JSONValue], _ variable: (Secret) -> String?) {
        texts("env", of: &members) { name, text in
            guard SecretGuess.isSecret(name: name) || SecretGuess.isSecret(value: text) || password(of: text) != nil else {
                return nil
            }
            let secret = Secret(
                place: "'\(name.oneLine)' in 'env'",
                name: EntryNormalizer.environmentName(name),
                isVariable: true,
                value: text
            )
            return variable(secret).map { "${\($0)}" }
        }
        texts("headers", of: &members) { name, text in
            guard SecretGuess.isSecret(name: name) || SecretGuess.isSecret(value: text) else { return nil }
            return behindScheme(text, place: "'\(name.oneLine)' in 'headers'", name: headerVariable(name), variable)
        }
        if let words = members["args"]?.arrayValue { members["args"] = .array(arguments(words, variable)) }
        if let url = members["url"]?.stringValue { members["url"] = .string(self.url(url, place: "'url'", variable)) }
    }

    /// Takes out what nobody here uses and what holds a secret: it would be stored for nothing.
    ///
    /// - Returns: The names of what was taken out.
    static func removeUnused(from members: inout [String: JSONValue]) -> [String] {
        let names = members.filter { !ServiceEntryCheck.known.contains($0.key) && hasSecret($0.key, $0.value) }.keys.sorted()
        for name in names { members[name] = nil }
        return names
    }

    private static func hasSecret(_ name: String, _ value: JSONValue) -> Bool {
        switch value {
        case .object(let members): members.contains { hasSecret($0.key, $0.value) }
        case .array(let elements): elements.contains { hasSecret(name, $0) }
        case .string(let text):
            SecretGuess.isSecret(name: name)
                ? !SecretGuess.isHarmless(value: text, isNamed: true) : SecretGuess.isSecret(value: text)
        default: false
        }
    }

    private static func texts(
        _ name: String,
        of members: inout [String: JSONValue],
        _ change: (String, String) -> String?
    ) {
        guard var entries = members[name]?.objectValue else { return }
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            guard let text = value.scalarText else { continue }
            let isNamed = SecretGuess.isSecret(name: key)
            guard !SecretGuess.isHarmless(value: text, isNamed: isNamed) || password(of: text) != nil else { continue }
            if let changed = change(key, text) { entries[key] = .string(changed) }
        }
        members[name] = .object(entries)
    }

    private static func headerVariable(_ name: String) -> String {
        if ["authorization", "proxy-authorization"].contains(name.lowercased()) { return "TOKEN" }
        let name = EntryNormalizer.variable(name.uppercased())
        return name.hasPrefix("X_") ? String(name.dropFirst(2)) : name
    }

    /// `Bearer abc` → `Bearer ${NAME}`
    private static func behindScheme(_ text: String, place: String, name: String, _ variable: (Secret) -> String?) -> String? {
        let scheme = SecretGuess.schemes.first { text.hasPrefix($0) } ?? ""
        let secret = Secret(place: place, name: name, isVariable: false, value: String(text.dropFirst(scheme.count)))
        return variable(secret).map { "\(scheme)${\($0)}" }
    }

    // MARK: Arguments

    private static func arguments(_ words: [JSONValue], _ variable: (Secret) -> String?) -> [JSONValue] {
        var result: [JSONValue] = []
        var option: String?
        for (index, word) in words.enumerated() {
            guard let text = word.stringValue else {
                result.append(word)
                continue
            }
            let place = "argument \(index + 1)"
            let before = option
            option =
                text.hasPrefix("-") && !text.hasPrefix("--no-") && !text.contains("=") && SecretGuess.isSecret(name: text)
                ? text : nil
            if let before, option == nil, !text.hasPrefix("-") {
                result.append(.string(value(text, of: before, place: place, variable)))
            } else {
                result.append(.string(argument(text, place: place, variable)))
            }
        }
        return result
    }

    private static func value(_ text: String, of option: String, place: String, _ variable: (Secret) -> String?) -> String {
        guard !SecretGuess.isHarmless(value: text, isNamed: true) else { return text }
        let place = "\(place), the value of \(option.oneLine.prefix(60)),"
        return behindScheme(text, place: place, name: optionVariable(option), variable) ?? text
    }

    private static func argument(_ text: String, place: String, _ variable: (Secret) -> String?) -> String {
        if let changed = assignment(text, place: place, variable) { return changed }
        if SecretGuess.isHarmless(value: text) { return text }
        if text.contains("://") { return url(text, place: place, variable) }
        guard SecretGuess.isSecret(value: text) else { return text }
        if text.contains(" "), !SecretGuess.schemes.contains(where: text.hasPrefix), !text.contains("-----BEGIN ") {
            return words(text, place: place, variable)
        }
        return behindScheme(text, place: place, name: "TOKEN", variable) ?? text
    }

    /// Replaces single words of a longer text.
    private static func words(_ text: String, place: String, _ variable: (Secret) -> String?) -> String {
        var result = ""
        var rest = text[...]
        while let word = SecretGuess.secretWord(in: rest) {
            let secret = Secret(place: "a word of \(place)", name: "TOKEN", isVariable: false, value: String(rest[word]))
            result += rest[..<word.lowerBound] + (variable(secret).map { "${\($0)}" } ?? String(rest[word]))
            rest = rest[word.upperBound...]
        }
        return result + rest
    }

    private static func optionVariable(_ option: String) -> String {
        EntryNormalizer.variable(option.drop { $0 == "-" }.uppercased())
    }

    /// `--token=x`, as for `docker -e` also `TOKEN=x`, and as for `curl -H` also `Authorization: x`.
    private static func assignment(_ text: String, place: String, _ variable: (Secret) -> String?) -> String? {
        guard let cut = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return nil }
        let name = String(text[..<cut])
        var start = text.index(after: cut)
        while start < text.endIndex, text[cut] == ":", text[start] == " " { start = text.index(after: start) }
        let value = String(text[start...])
        let isNamed = SecretGuess.isSecret(name: name)
        guard !name.isEmpty, !name.contains(" "), !value.hasPrefix("//"),
            !SecretGuess.isHarmless(value: value, isNamed: isNamed), isNamed || SecretGuess.isSecret(value: value)
        else { return nil }
        let place = "\(place), the value of \(name.oneLine.prefix(60)),"
        if text[cut] == ":" {
            return behindScheme(value, place: place, name: headerVariable(name), variable).map { text[..<start] + $0 }
        }
        let isVariable = !name.hasPrefix("-")
        let secret = Secret(
            place: place,
            name: isVariable ? EntryNormalizer.environmentName(name) : optionVariable(name),
            isVariable: isVariable,
            value: value
        )
        return variable(secret).map { text[..<start] + "${\($0)}" }
    }

    // MARK: URLs

    /// The password, or lone user, of a URL that is written out.
    private static func password(of url: String) -> Range<String.Index>? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let rest = url[scheme.upperBound...]
        let authority = rest[..<(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)]
        guard let at = authority.lastIndex(of: "@") else { return nil }
        let user = authority[..<at]
        let start = user.firstIndex(of: ":").map { user.index(after: $0) } ?? user.startIndex
        let password = user[start...]
        return SecretGuess.isHarmless(value: String(password)) ? nil : start..<at
    }

    private static func url(_ text: String, place: String, _ variable: (Secret) -> String?) -> String {
        var text = text
        if let query = text.firstIndex(of: "?") {
            let pairs = text[text.index(after: query)...].split(separator: "&", omittingEmptySubsequences: false).map { pair in
                guard let cut = pair.firstIndex(of: "=") else { return String(pair) }
                let (name, value) = (String(pair[..<cut]), String(pair[pair.index(after: cut)...]))
                let isNamed = SecretGuess.isSecret(name: name)
                guard !SecretGuess.isHarmless(value: value, isNamed: isNamed),
                    isNamed || SecretGuess.isSecret(value: value)
                else { return String(pair) }
                let secret = Secret(
                    place: "'\(name.oneLine.prefix(60))' in the query of \(place)",
                    name: EntryNormalizer.variable(name),
                    isVariable: false,
                    value: value
                )
                return variable(secret).map { "\(name)=${\($0)}" } ?? String(pair)
            }
            text = text[...query] + pairs.joined(separator: "&")
        }
        if let password = password(of: text) {
            let secret = Secret(
                place: "the password in \(place)",
                name: "PASSWORD",
                isVariable: false,
                value: String(text[password])
            )
            if let name = variable(secret) { text.replaceSubrange(password, with: "${\(name)}") }
        }
        return words(text, place: place, variable)
    }
}
