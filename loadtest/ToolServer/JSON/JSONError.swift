/// Bytes that are not the JSON text they should be.
struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, in words.
    let reason: String
    /// The index of the offending byte.
    let offset: Int

    var description: String { "invalid JSON at byte \(self.offset): \(self.reason)" }
}
