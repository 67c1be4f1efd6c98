import MCPStoreQueue

/// Which calls of a batch are asked again, of files and of an upload.
package struct RetrySelection: Sendable {
    /// Those with one of these outcomes; empty: all but `ok`.
    package var only: Set<String>
    /// Only those with which that does no harm.
    package var isSafe: Bool

    /// What ``only`` may hold, in the order in which people are told.
    package static let outcomes = (OutcomeKind.all.map(\.rawValue) + ["invalid", "rejected", "unknown"]).filter { $0 != "ok" }

    package init(only: Set<String> = [], isSafe: Bool = false) {
        self.only = only
        self.isSafe = isSafe
    }

    /// - Parameter isSafeToRetry: ``BatchAnswer/isSafeToRetry``.
    package func isMeant(_ outcome: String, isSafeToRetry: @autoclosure () -> Bool) -> Bool {
        (only.isEmpty ? outcome != "ok" : only.contains(outcome)) && (!isSafe || isSafeToRetry())
    }
}

/// In the journal of a batch of files, beside what else its entry says.
extension RetrySelection {
    package init(_ entry: JSONValue) {
        only = Set(entry["only"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        isSafe = entry["safe"] == true
    }

    package var members: [String: JSONValue] {
        ["only": .array(only.sorted().map { .string($0) }), "safe": .bool(isSafe)]
    }
}
