/// Which spaces a worker serves: `namespace:dataspace` where `*` stands for any run of characters within a part, such as
/// `tenant_*:*`.
package struct SpacePattern: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private let namespace: NamePattern
    private let dataspace: NamePattern

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
        self.namespace = NamePattern(namespace)
        self.dataspace = NamePattern(dataspace)
    }

    package func matches(_ space: Space) -> Bool {
        namespace.matches(space.namespace) && dataspace.matches(space.dataspace)
    }
}
