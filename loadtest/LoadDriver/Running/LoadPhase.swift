/// Where a run is.
package enum LoadPhase: String, Sendable, Equatable {
    /// Calls are made and not recorded.
    case warmUp
    /// Calls are recorded.
    case measuring
    /// No more calls are made; those in flight are waited for.
    case draining
}
