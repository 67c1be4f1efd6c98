/// Whose names are meant: an agent sees its own services only, the store those that belong to no agent.
package enum Scope: Hashable, Sendable {
    case store
    case agent(String)

    /// The agent's id; `nil` for the store.
    package var agent: String? {
        if case .agent(let id) = self { id } else { nil }
    }
}
