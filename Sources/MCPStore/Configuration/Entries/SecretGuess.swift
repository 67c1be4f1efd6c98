/// Guesses which values are secrets, from their names and their looks. No such guess is complete: it is for warnings, and for
/// the import, which says what it has done. What is shown to people is hidden by ``Redaction``, which does not guess.
enum SecretGuess {
    private static let words: Set<String> = [
        "token", "secret", "password", "passwd", "passphrase", "pwd", "pass", "pat", "apikey", "key", "credential", "credentials",
        "auth", "authorization", "cookie", "bearer", "jwt",
    ]
    private static let endings = ["token", "secret", "password", "passwd", "apikey", "secretkey", "accesskey"]
    /// A last word that makes of it something about a secret.
    private static let harmlessLastWords: Set<String> = [
        "file", "path", "dir", "directory", "url", "uri", "host", "port", "endpoint", "name", "type", "header", "method", "mode",
        "timeout", "enabled", "limit", "max", "count", "length", "ttl", "scope", "scopes", "issuer", "audience",
    ]
    private static let harmlessValues: Set<String> = ["", "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1"]
    private static let prefixes = [
        "sk-", "sk_", "rk_", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xapp-", "AKIA", "ASIA",
        "AIza", "eyJ", "hf_", "npm_", "pypi-", "figd_", "ntn_", "secret_", "dop_v1_", "lin_api_", "tvly-", "gsk_", "r8_",
        "pcsk_", "shpat_", "-----BEGIN ",
    ]
    /// What stands before a credential in a header.
    static let schemes = ["Bearer ", "bearer ", "Basic ", "Token ", "token ", "ApiKey "]

    /// Whether a variable, header or option of this name usually holds a secret.
    static func isSecret(name: String) -> Bool {
        let words = Self.words(of: name)
        guard let last = words.last, !harmlessLastWords.contains(last) else { return false }
        return words.contains { word in Self.words.contains(word) || endings.contains { word.hasSuffix($0) } }
    }

    /// Whether a text looks like a secret, whatever its name.
    static func isSecret(value: String) -> Bool {
        if schemes.contains(where: {
            value.hasPrefix($0) && value.utf8.count >= $0.utf8.count + 8 && !value.dropFirst($0.count).contains(" ")
        }) {
            return true
        }
        return value.utf8.count >= 16 && !value.contains(" ") && prefixes.contains { value.hasPrefix($0) }
            || value.contains("-----BEGIN ") || secretWord(in: value[...]) != nil
    }

    /// The first word of a longer text, such as a command line, a JSON text or a path, that looks like a secret.
    static func secretWord(in text: Substring) -> Range<String.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            let end = text[start...].firstIndex { !isWord($0) } ?? text.endIndex
            if text[start..<end].utf8.count >= 20, prefixes.contains(where: { text[start..<end].hasPrefix($0) }) {
                return start..<end
            }
            guard end < text.endIndex else { return nil }
            start = text.index(after: end)
        }
        return nil
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "-" || character == "_" || character == "."
    }

    /// Whether a text says nothing that could be a secret: nothing, a switch, or a reference.
    ///
    /// - Parameter isNamed: Whether its name is one of a secret; then the default of a reference may be it.
    static func isHarmless(value: String, isNamed: Bool = false) -> Bool {
        if harmlessValues.contains(value.lowercased()) { return true }
        guard Redaction.isReference(value), secretWord(in: value[...]) == nil else { return false }
        var rest = value[...]
        while let start = rest.firstRange(of: ":-") {
            let fallback = rest[start.upperBound...].prefix { $0 != "}" }
            rest = rest[start.upperBound...]
            if isNamed && !harmlessValues.contains(fallback.lowercased()) && !fallback.contains("${") { return false }
        }
        return true
    }

    /// `githubApi-TOKEN` → `github`, `api`, `token`.
    private static func words(of name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasLower = false
        for character in name {
            if !(character.isLetter || character.isNumber) || (character.isUppercase && wasLower) {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
            if character.isLetter || character.isNumber { word += character.lowercased() }
            wasLower = character.isLowercase
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
