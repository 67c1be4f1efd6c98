/// Where a text is no TOML, and why.
struct TOMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    var line: Int
    /// What is wrong there, such as `expected '=' behind a key`.
    var problem: String

    var description: String { "\(problem) at line \(line)" }
}
