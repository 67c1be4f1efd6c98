extension Int {
    /// `1 call`, `2 calls`: how many there are of what has a regular plural.
    package func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
