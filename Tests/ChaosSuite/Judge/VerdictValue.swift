/// What a line of the table says, such that the lines of several runs can be added.
enum VerdictValue: Equatable, Sendable, CustomStringConvertible {
    case count(Int)
    /// Counts of things by their names.
    case kinds([String: Int])
    case bytes(Int)
    /// Milliseconds, and of what; of several runs the most.
    case longest(Int, String)

    /// Adds the same line of another run.
    mutating func add(_ other: VerdictValue) {
        switch (self, other) {
        case (.count(let one), .count(let two)): self = .count(one + two)
        case (.bytes(let one), .bytes(let two)): self = .bytes(one + two)
        case (.kinds(let one), .kinds(let two)): self = .kinds(one.merging(two, uniquingKeysWith: +))
        case (.longest(let one, _), .longest(let two, _)): if two > one { self = other }
        default: preconditionFailure("a line says \(self) in one run and \(other) in another")
        }
    }

    /// The same, with the name of its run where it is about one case.
    func labelled(_ label: String) -> VerdictValue {
        guard case .longest(let milliseconds, let what) = self else { return self }
        return .longest(milliseconds, "\(what), \(label)")
    }

    var description: String {
        switch self {
        case .count(let count): return "\(count)"
        case .bytes(let bytes): return "\(bytes / 1_000_000) MB"
        case .longest(let milliseconds, let what): return "\(milliseconds) ms\(what)"
        case .kinds(let counts):
            let list = counts.filter { $0.value != 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            return list.isEmpty ? "none" : list.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
    }
}
