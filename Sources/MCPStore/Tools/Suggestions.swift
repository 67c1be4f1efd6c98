/// Names that look like a name that does not exist, for the error message only. They never decide anything.
package enum Suggestions {
    /// Longer names get no suggestions, and of very many names only the first are looked at: an unknown name must stay cheap.
    static let longestName = 100
    static let mostNames = 5000

    /// Up to three of `names`, the most similar first.
    package static func similar(to name: String, among names: some Sequence<String>) -> [String] {
        let wanted = Array(name.lowercased().utf8)
        guard !wanted.isEmpty, wanted.count <= longestName else { return [] }
        let limit = max(2, wanted.count / 3)
        var found: [(distance: Int, name: String)] = []
        for candidate in names.prefix(mostNames) {
            let bytes = Array(candidate.lowercased().utf8)
            guard abs(bytes.count - wanted.count) <= limit else { continue }
            let distance = distance(wanted, bytes)
            if distance <= limit { found.append((distance, candidate)) }
        }
        return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    }

    /// How many bytes must be inserted, removed or replaced to make one of the other (Levenshtein).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = x == y ? diagonal : 1 + min(diagonal, above, row[j])
                diagonal = above
            }
        }
        return row[b.count]
    }
}
