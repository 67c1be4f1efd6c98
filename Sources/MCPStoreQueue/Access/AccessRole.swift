/// What somebody may do in the spaces that he reaches.
package enum AccessRole: String, Codable, Sendable, CaseIterable, Comparable {
    /// Call tools and read resources and prompts, and wait for the answers.
    case call
    /// Leave calls behind and fetch their answers later: jobs and batches.
    case submit
    /// Add, change and remove services, which is to say what runs on workers.
    case manage
    /// See and order workers, replay and throw away dead letters.
    case operate

    package static func < (left: AccessRole, right: AccessRole) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
