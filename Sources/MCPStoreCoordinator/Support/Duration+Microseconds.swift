extension Duration {
    /// Whole microseconds.
    var microseconds: Int { Int(self / .microseconds(1)) }
}
