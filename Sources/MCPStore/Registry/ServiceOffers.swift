import NIOCore

/// What a service offers, as its cache document has it (`{space}:services:{s}:cache`): each tool, resource, template and
/// prompt once.
package struct ServiceOffers: Sendable {
    package var tools: [ToolInfo] = []
    package var resources: [ResourceInfo] = []
    package var templates: [ResourceTemplateInfo] = []
    package var prompts: [PromptInfo] = []
    /// Changes whenever something of it changes.
    package var hash = ""

    package init() {}

    /// - Parameters:
    ///   - cache: The document; `nil` where nothing was published yet.
    ///   - service: The service's stored name.
    ///   - keys: The key of each tool, by its name.
    package init(_ cache: ByteBuffer?, of service: String, keys: [String: String]) {
        guard let cache, let members = JSONMembers(cache) else { return }
        tools = Self.once(members.elements("tools").compactMap { ToolInfo($0, service: service) { keys[$0] } }, \.name)
        resources = Self.once(members.elements("resources").compactMap { ResourceInfo($0, service: service) }, \.uri)
        templates = Self.once(
            members.elements("resourceTemplates").compactMap { ResourceTemplateInfo($0, service: service) },
            \.uriTemplate
        )
        prompts = Self.once(members.elements("prompts").compactMap { PromptInfo($0, service: service) }, \.name)
        hash = members.value("hash")?.stringValue ?? ""
    }

    private static func once<Item>(_ items: [Item], _ name: (Item) -> String) -> [Item] {
        var seen: Set<String> = []
        return items.filter { seen.insert(name($0)).inserted }
    }
}
