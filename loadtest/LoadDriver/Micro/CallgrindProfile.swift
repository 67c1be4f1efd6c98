/// What valgrind's callgrind writes: https://valgrind.org/docs/manual/cl-format.html.
package enum CallgrindProfile {
    /// All instructions of a profile, that is since the one before it.
    ///
    /// - Returns: `nil` where the text is no complete profile, or counts something else first.
    package static func instructions(_ text: String) -> Int? {
        var countsInstructions = false
        var total: Int?
        // Behind the head there are a line or two for each function; both members stand once.
        for line in text.split(separator: "\n") {
            if line.hasPrefix("events: ") { countsInstructions = line.dropFirst("events: ".count).hasPrefix("Ir") }
            guard line.hasPrefix("totals: ") else { continue }
            total = line.dropFirst("totals: ".count).split(separator: " ").first.flatMap { Int($0) }
        }
        return countsInstructions ? total : nil
    }
}
