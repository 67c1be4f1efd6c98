/// The clock and timers of a run, so that tests need not wait.
package protocol LoadTime: Sendable {
    /// In nanoseconds since some fixed moment; never goes back.
    func now() -> UInt64
    /// A timer that runs its action one at a time, never beside itself. It is not armed yet.
    func timer(_ label: String, _ action: @escaping @Sendable () -> Void) -> any LoadTimer
}

/// Fires once each time that it is armed.
package protocol LoadTimer: Sendable {
    /// Replaces what it was armed for. A time that has passed fires at once. Safe to call from its own action.
    func arm(at time: UInt64)
    /// Does not fire any more.
    func cancel()
}
