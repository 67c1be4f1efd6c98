extension Duration {
    /// Whole microseconds, as machines see durations.
    package var microseconds: Int { Int(self / .microseconds(1)) }
}
