/// Text that is not JSON, or JSON beyond a bound.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was expected or exceeded.
    package enum Problem: Sendable, Equatable {
        case unexpectedEnd, unexpectedByte, badString, badEscape, badUTF8, badNumber
        case tooDeep, trailingBytes, notAnObject, notAnArray
    }

    /// What was expected or exceeded.
    package var problem: Problem
    /// Where, in bytes from the start of what was scanned.
    package var offset: Int

    package init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    package var description: String { "not JSON: \(self.problem) at byte \(self.offset)" }
}
