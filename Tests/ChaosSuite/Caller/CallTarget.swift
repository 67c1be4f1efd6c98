/// Whom a calling process calls.
protocol CallTarget: Sendable {
    /// Makes a call and waits for what comes of it. Cancelling the task takes the call back.
    func answer(_ call: PlannedCall, timeout: Duration) async -> Ending
    func close() async
}
