import MCPStoreQueue

/// The services that somebody sees, by the names that he has for them, and what their tools and prompts are called.
package struct RegistryView: Sendable {
    /// One service in a view.
    private final class Entry: Sendable {
        let stored: String
        let tools: [CallTarget]
        let prompts: [CallTarget]

        init(_ service: SnapshotService, as name: String) {
            stored = service.id.name
            tools = service.toolTargets(as: name)
            prompts = service.promptTargets(as: name)
        }
    }

    /// By name, then by stored name: two stores may add services of one name for one agent at the same moment. The first
    /// stored name counts then, for everybody.
    private var candidates: [String: [String: Entry]] = [:]
    private var active: [String: Entry] = [:]
    package private(set) var tools = ToolResolver()
    package private(set) var prompts = ToolResolver()

    package init() {}

    package var isEmpty: Bool { candidates.isEmpty }

    /// The names, in order.
    package var names: [String] { active.keys.sorted() }

    /// The name under which a service is stored; `nil` where there is none.
    package func stored(_ name: String) -> String? { active[name]?.stored }

    /// The names of all services that are stored under a name, in order: more than one for a moment only.
    func allStored(_ name: String) -> [String] { (candidates[name] ?? [:]).keys.sorted() }

    mutating func insert(_ service: SnapshotService, as name: String) {
        candidates[name, default: [:]][service.id.name] = Entry(service, as: name)
        activate(name)
    }

    mutating func remove(_ stored: String, as name: String) {
        candidates[name]?[stored] = nil
        if candidates[name]?.isEmpty == true { candidates[name] = nil }
        activate(name)
    }

    private mutating func activate(_ name: String) {
        let wanted = candidates[name]?.min { $0.key < $1.key }?.value
        let present = active[name]
        guard wanted !== present else { return }
        for target in present?.tools ?? [] { tools.remove(target) }
        for target in present?.prompts ?? [] { prompts.remove(target) }
        for target in wanted?.tools ?? [] { tools.insert(target) }
        for target in wanted?.prompts ?? [] { prompts.insert(target) }
        active[name] = wanted
    }
}
