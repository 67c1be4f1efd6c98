import MCPStoreQueue

/// A `.env` file, of which only the names are read.
enum EnvironmentFile {
    /// The names of its variables, in their order, each once.
    static func names(in text: String) -> [String] {
        var names: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            var rest = line.drop { $0 == " " || $0 == "\t" }
            if rest.hasPrefix("export ") { rest = rest.dropFirst("export ".count).drop { $0 == " " } }
            guard let cut = rest.firstIndex(of: "=") else { continue }
            let name = String(rest[..<cut].filter { $0 != " " })
            guard !name.isEmpty, name.utf8.allSatisfy(Name.isAllowedInVariable), !names.contains(name) else { continue }
            names.append(name)
        }
        return names
    }
}
