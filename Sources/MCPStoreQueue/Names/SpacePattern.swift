/// Which spaces a worker serves: `namespace:dataspace` where `*` stands for any run of characters within a part, such as
/// `tenant_*:*`.
package struct SpacePattern: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private let namespace: [UInt8]
    private let dataspace: [UInt8]

    /// Every space.
    package static let all = SpacePattern(text: "*:*", namespace: "*", dataspace: "*")

    /// - Throws: ``QueueError`` (`invalidName`) where the text is not of the form `namespace:dataspace`.
    package init(_ text: String) throws(QueueError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { $0 == UInt8(ascii: "*") || Name.isAllowed($0) } })
        else {
            throw QueueError(
                .invalidName,
                "'\(text)' is not a pattern of spaces: write namespace:dataspace, with * for any, e.g. 'tenant_*:*'"
            )
        }
        self.init(text: text, namespace: parts[0], dataspace: parts[1])
    }

    private init(text: String, namespace: Substring, dataspace: Substring) {
        self.description = text
        self.namespace = Array(namespace.utf8)
        self.dataspace = Array(dataspace.utf8)
    }

    package func matches(_ space: Space) -> Bool {
        Self.match(namespace[...], Array(space.namespace.utf8)[...])
            && Self.match(dataspace[...], Array(space.dataspace.utf8)[...])
    }

    private static func match(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        // Iterative with one point to fall back to: linear in practice, and no pattern can make it exponential.
        var p = pattern.startIndex
        var t = text.startIndex
        var star: (pattern: Int, text: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.endIndex, pattern[p] == text[t] {
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
