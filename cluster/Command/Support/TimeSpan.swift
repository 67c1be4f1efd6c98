import ArgumentParser

/// A duration as it is written on the command line: `500ms`, `10s`, `2m`, `1h`, `1.5s`.
struct TimeSpan: Hashable, Sendable {
    var duration: Duration

    /// Whole milliseconds.
    var milliseconds: Int { Int(duration / .milliseconds(1)) }

    /// The same, or a number of seconds as in the configuration file.
    ///
    /// - Throws: `ValidationError` that says how to write one.
    static func secondsOrSpan(_ text: String) throws -> TimeSpan {
        try TimeSpan(Double(text) == nil ? text : text + "s")
    }

    /// - Throws: `ValidationError` that says how to write one.
    init(_ text: String) throws {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        let digits = text.prefix { "0123456789.".contains($0) }
        guard let factor = units.first(where: { $0.0 == text.dropFirst(digits.count) })?.1, let number = Double(digits),
            number * factor >= 0.001, number * factor <= 7 * 86_400
        else {
            throw ValidationError("'\(text.prefix(40))' is not a duration from 1 ms to 7 days: write 500ms, 10s, 2m or 1h")
        }
        duration = .milliseconds(Int64((number * factor * 1000).rounded()))
    }
}
