/// A name in which `*` stands for any run of characters, such as `get_*`.
package struct NamePattern: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private let pattern: [UInt8]

    /// - Parameter text: Any text; nothing but `*` has a meaning.
    package init(_ text: some StringProtocol) {
        description = String(text)
        pattern = Array(text.utf8)
    }

    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches($0) }
    }

    private func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        // Iterative with one point to fall back to: linear in practice, and no pattern can make it exponential.
        var p = 0
        var t = 0
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                p = last.pattern + 1
                t = last.text + 1
                star = (last.pattern, t)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
