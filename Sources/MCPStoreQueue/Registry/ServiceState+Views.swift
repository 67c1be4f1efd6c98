extension ServiceState {
    /// Takes over what the best of its workers' views says; of equal ones that of the first worker by name.
    ///
    /// - Parameter absence: The reason where no worker hosts it.
    mutating func takeBestView(orElse absence: String) {
        let best = workers.sorted { $0.key < $1.key }.map(\.value).min { $0.status.rank < $1.status.rank }
        let view = best ?? ServiceView(status: .disconnected, reason: absence, pool: "")
        status = view.status
        reason = view.reason
        error = view.error ?? ""
        stderr = view.stderr ?? []
        checked = view.checked ?? ""
        latencyMicroseconds = view.latency_us
    }
}
