/// Who asks. Open for now: until keys and tokens exist, everybody is the same principal and may reach every space.
package struct Principal: Sendable, Hashable {
    /// A name for logs.
    package var name: String

    package init(name: String) { self.name = name }

    /// Somebody whom nobody asked who he is.
    package static let anonymous = Principal(name: "anonymous")
}
