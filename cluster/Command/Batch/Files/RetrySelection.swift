import MCPStore

/// Which calls of a batch are asked again.
struct RetrySelection: Sendable {
    /// Those with one of these outcomes; empty: all but `ok`.
    var only: Set<String> = []
    /// Only those with which that does no harm.
    var isSafe = false

    func isMeant(_ answer: BatchAnswerHead) -> Bool {
        (only.isEmpty ? answer.outcome != "ok" : only.contains(answer.outcome)) && (!isSafe || answer.isSafeToRetry)
    }
}

/// In the journal, beside what else its entry says.
extension RetrySelection {
    init(_ entry: JSONValue) {
        only = Set(entry["only"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        isSafe = entry["safe"] == true
    }

    var members: [String: JSONValue] {
        ["only": .array(only.sorted().map { .string($0) }), "safe": .bool(isSafe)]
    }
}
