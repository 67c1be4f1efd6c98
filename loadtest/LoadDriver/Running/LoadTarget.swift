/// What is called.
package protocol LoadTarget: Sendable {
    /// Makes one call and waits for how it ends. Called from many tasks at the same time; returns soon when its task is cancelled,
    /// where it can.
    func call(_ call: PlannedCall) async -> CallAnswer
}
