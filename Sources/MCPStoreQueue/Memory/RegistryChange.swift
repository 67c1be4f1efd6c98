/// What changed in the registry of a space: what an entry of `{space}:changes` says.
package struct RegistryChange: Sendable, Equatable {
    /// The word for it in `{space}:changes`.
    package enum Kind: String, Sendable {
        /// Its configuration was written.
        case service
        case removed
        case tools
        case state
        /// What was approved of its tools; of no service: what becomes of those that differ.
        case pins
    }

    package var kind: Kind
    package var service: String

    package init(_ kind: Kind, _ service: String) {
        self.kind = kind
        self.service = service
    }
}
