/// Something that a test waits for did not happen.
package struct NotInTime: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Waits until `value` finds something, for facts that nobody announces: processes that are gone, keys, files. The deadline is
/// a bound of failure only.
///
/// - Throws: ``NotInTime``, and what `value` throws.
package func eventually<Value>(
    _ what: String,
    within deadline: Duration = .seconds(30),
    _ value: () async throws -> Value?
) async throws -> Value {
    let end = ContinuousClock.now + deadline
    while true {
        if let found = try await value() { return found }
        guard ContinuousClock.now < end else { throw NotInTime(description: "not within \(deadline): \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Waits until `condition` holds.
///
/// - Throws: ``NotInTime``, and what `condition` throws.
package func eventually(
    _ what: String,
    within deadline: Duration = .seconds(30),
    that condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: deadline) { try await condition() ? () : nil }
}
