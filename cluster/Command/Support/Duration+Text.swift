extension Duration {
    /// `850 µs`, `12.3 ms`, `4.2 s`, `3 min`: for tables.
    var tableText: String {
        let microseconds = self / .microseconds(1)
        switch microseconds {
        case ..<1000: return "\(Int(microseconds)) µs"
        case ..<1_000_000: return "\((microseconds / 100).rounded() / 10) ms"
        case ..<120_000_000: return "\((microseconds / 100_000).rounded() / 10) s"
        default: return "\(Int(microseconds / 60_000_000)) min"
        }
    }
}
