/// A peer that did not do what a test needs of it.
package struct PeerError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
