/// What became of services that were to be added.
public struct AddedServices: Sendable, Hashable {
    /// Services that are new.
    public internal(set) var added: [String] = []
    /// Services that were there with another configuration, which was replaced.
    public internal(set) var replaced: [String] = []
    /// Services that were there with the same configuration.
    public internal(set) var unchanged: [String] = []
    /// What was noticed and does no harm, one line each: unknown fields, secrets in clear.
    public internal(set) var warnings: [String] = []

    /// The names of all, in order.
    public var names: [String] { (added + replaced + unchanged).sorted() }
}
