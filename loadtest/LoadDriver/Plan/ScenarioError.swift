/// What is wrong with a scenario: where, what, and what would be right.
package struct ScenarioError: Error, CustomStringConvertible, Equatable {
    /// The member, such as `load.rate` or `mix[1].weight`; empty for the whole file.
    package var member: String
    package var text: String
    /// The file or scenario, where it is known.
    package var source: String?

    init(_ member: String, _ text: String, source: String? = nil) {
        self.member = member
        self.text = text
        self.source = source
    }

    package var description: String {
        let place = [source.map { "scenario \($0):" }, member.isEmpty ? nil : member].compactMap { $0 }
        return (place + [text]).joined(separator: " ")
    }
}
