/// Where a text is no JSON, and why.
package struct JSONSyntaxError: Error, Hashable, Sendable {
    /// The byte at which the text goes wrong, from 0.
    package var offset: Int
    /// What is wrong there, such as `expected a value`.
    package var problem: String

    package init(offset: Int, problem: String) {
        self.offset = offset
        self.problem = problem
    }

    /// `expected a value at line 3, column 7`; columns count bytes from 1.
    package func description(in text: some Collection<UInt8>) -> String {
        var line = 1
        var column = 1
        for byte in text.prefix(offset) {
            column += 1
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            }
        }
        return "\(problem) at line \(line), column \(column)"
    }
}
