/// The lists that a server offers.
package enum ListKind: String, Sendable, Hashable, CaseIterable {
    case tools, resources, prompts
}
