/// One service in one space.
package struct ServiceID: Hashable, Sendable, CustomStringConvertible {
    package let space: Space
    package let name: String

    package init(space: Space, name: String) {
        self.space = space
        self.name = name
    }

    /// Reads the form that pool keys hold: `namespace:dataspace service`.
    package init?(member: some StringProtocol) {
        let parts = member.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let space = Space(parts[0]), Name.isValid(String(parts[1])) else { return nil }
        self.init(space: space, name: String(parts[1]))
    }

    /// `namespace:dataspace service`
    package var member: String { "\(space) \(name)" }
    package var description: String { "\(space)/\(name)" }
}
