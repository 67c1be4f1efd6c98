/// The two lanes of a service. Some slots of every worker are kept for interactive work, so that a batch of hour-long
/// calls never blocks it.
package enum Lane: String, Sendable, Hashable, CaseIterable {
    case interactive
    case batch
}
