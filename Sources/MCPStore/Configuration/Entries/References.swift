/// The variables that a configuration refers to.
enum References {
    /// What workers know without being given it.
    private static let given: Set<String> = ["pathSeparator", "/", "userHome"]

    /// The variables without a default that workers must have, each once, by name.
    static func names(in value: JSONValue) -> [String] {
        var names: Set<String> = []
        collect(value, &names)
        return names.sorted()
    }

    private static func collect(_ value: JSONValue, _ names: inout Set<String>) {
        switch value {
        case .string(let text):
            var rest = text[...]
            while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
                var name = rest[start.upperBound..<end]
                rest = rest[rest.index(after: end)...]
                guard !name.contains(":-"), !given.contains(String(name)) else { continue }
                if name.hasPrefix("env:") { name = name.dropFirst("env:".count) }
                if name.isEmpty { continue }
                names.insert(name.hasPrefix("workspaceFolder") ? "WORKSPACE_FOLDER" : String(name))
            }
        case .array(let elements): elements.forEach { collect($0, &names) }
        case .object(let members): members.forEach { if $0.key != "description" { collect($0.value, &names) } }
        default: break
        }
    }
}
