import MCPStoreQueue

/// References to variables, as each program writes them. They stay references; workers resolve them.
extension EntryNormalizer {
    /// What only the editor knows in which it was written.
    private static let editorOnly = ["command:", "config:", "file:", "extensionInstallFolder:"]

    /// Writes every reference as workers read it.
    mutating func references() {
        var inputs: Set<String> = []
        for name in ["command", "url", "cwd"] {
            if let text = members[name]?.stringValue { members[name] = .string(rewrite(text, name, &inputs)) }
        }
        if let words = members["args"]?.arrayValue {
            members["args"] = .array(words.map { word in word.stringValue.map { .string(rewrite($0, "args", &inputs)) } ?? word })
        }
        for name in ["env", "headers"] {
            guard let entries = members[name]?.objectValue else { continue }
            var result = entries
            for (key, value) in entries {
                if let text = value.stringValue { result[key] = .string(rewrite(text, "\(name).\(key.oneLine)", &inputs)) }
            }
            members[name] = .object(result)
        }
        for id in inputs.sorted() {
            warnings.append(
                "'${input:\(id.oneLine)}' is asked of a person elsewhere; here it is ${\(Self.variable(id))}: give the workers that variable"
            )
        }
    }

    private mutating func rewrite(_ text: String, _ place: String, _ inputs: inout Set<String>) -> String {
        var text = text
        if form == .opencode { text = opencode(text, place) }
        guard text.contains("${") else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            result += rest[..<start.lowerBound]
            let reference = rest[start.upperBound..<end]
            rest = rest[rest.index(after: end)...]
            if reference.hasPrefix("input:") {
                let id = String(reference.dropFirst("input:".count))
                inputs.insert(id)
                result += "${\(Self.variable(id))\(form.inputs[id].map { ":-\($0)" } ?? "")}"
            } else {
                if let kind = Self.editorOnly.first(where: reference.hasPrefix) {
                    problems.append(
                        "'${\(kind)…}' in '\(place)' is known to an editor only: write a variable such as ${NAME} that workers have"
                    )
                }
                result += "${\(reference)}"
            }
        }
        return result + rest
    }

    /// opencode writes `{env:NAME}` and `{file:path}`.
    private mutating func opencode(_ text: String, _ place: String) -> String {
        if text.contains("{file:") {
            problems.append(
                "'{file:…}' in '\(place)' would be read by nobody: write a variable such as ${NAME} that workers have"
            )
        }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "{env:"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            let isOurs = rest[..<start.lowerBound].hasSuffix("$")
            result += rest[..<start.lowerBound]
            result += isOurs ? "{env:" : "${"
            result += rest[start.upperBound...end]
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// The environment variable that a name of something else suggests: `github-token` → `GITHUB_TOKEN`.
    static func variable(_ name: String) -> String {
        var text = ""
        var wasLower = false
        for character in name {
            let isWord = character.isASCII && (character.isLetter || character.isNumber)
            if isWord, character.isUppercase, wasLower { text += "_" }
            if isWord { text += character.uppercased() } else if !text.hasSuffix("_") { text += "_" }
            wasLower = character.isLowercase || character.isNumber
        }
        while text.hasPrefix("_") { text.removeFirst() }
        while text.hasSuffix("_") { text.removeLast() }
        if text.isEmpty { return "VALUE" }
        return text.first?.isNumber == true ? "_" + text : text
    }

    /// The name of a variable as it can stand in a reference; the same where it is one.
    static func environmentName(_ name: String) -> String {
        !name.isEmpty && name.utf8.allSatisfy(Name.isAllowedInVariable) ? name : variable(name)
    }
}
