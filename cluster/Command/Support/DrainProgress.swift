import NIOConcurrencyHelpers

/// What is left while something is drained: a line on standard error whenever that has changed.
final class DrainProgress: Sendable {
    private let isQuiet: Bool
    private let last = NIOLockedValueBox("")

    /// - Parameter isQuiet: Nothing is said.
    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    func show(_ text: String) {
        let isNew = last.withLockedValue { last in
            defer { last = text }
            return last != text
        }
        if isNew, !isQuiet { Console.shared.note(text) }
    }
}
