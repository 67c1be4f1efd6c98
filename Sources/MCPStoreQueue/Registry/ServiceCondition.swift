/// What is to be said of a service when a call of it ends that nobody answered.
package struct ServiceCondition: Sendable, Equatable {
    /// Healthy, as far as anybody knows.
    package static let good = Self()

    /// One line on why it cannot answer; `nil` while it can.
    package var trouble: String?
    /// One line on what is wrong while it answers: it is slowed down, or slow.
    package var warning: String?
    /// Whether an operator has paused it.
    package var isPaused: Bool

    package init(trouble: String? = nil, warning: String? = nil, isPaused: Bool = false) {
        self.trouble = trouble
        self.warning = warning
        self.isPaused = isPaused
    }

    package init(_ state: ServiceState, hold: ServiceHold? = nil) {
        trouble = state.status.isReady ? nil : state.trouble
        warning = state.status == .warning ? state.trouble : nil
        isPaused = hold == .paused
    }

    /// The service was removed, or never was.
    package static let absent = Self(trouble: "there is no such service")
}
