/// What a check has found so far, and how much it may still look at: a schema that refers to itself could be followed for ever.
struct SchemaFindings {
    /// More schemas are not looked at for one value: what is left is passed over.
    private static let mostSteps = 100_000

    var problems: [SchemaProblem] = []
    var steps = 0

    var isExhausted: Bool { steps >= Self.mostSteps }

    mutating func append(_ problem: SchemaProblem) { problems.append(problem) }

    /// - Returns: Whether one more schema may be looked at.
    mutating func takeStep() -> Bool {
        guard !isExhausted else { return false }
        steps += 1
        return true
    }
}
