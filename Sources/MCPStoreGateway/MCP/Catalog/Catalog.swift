import MCPStore
import MCPStoreProtocol
import NIOCore

/// All that a space offers, in a fixed order: services by their names, within a service as its server lists it.
///
/// It is made of the registry's snapshot and asks nobody: a service that is dead is listed like any other. Services that their
/// configuration disables are not, for nobody is to run them.
package struct Catalog: Sendable {
    /// Another one whenever something of it has changed.
    package internal(set) var version = 0
    var tools: [CatalogEntry] = []
    var prompts: [CatalogEntry] = []
    var resources: [CatalogEntry] = []
    var templates: [CatalogEntry] = []
    /// The tools of which arguments travel as headers too, by the name that clients use.
    private(set) var headerTools: [String: ListedTool] = [:]
    /// The tools that say that their calls may, or must, become tasks, by the name that clients use.
    private(set) var taskTools: [String: TaskSupport] = [:]
    /// The names of ``tools``.
    private(set) var toolNames: Set<String> = []

    package init() {}

    /// - Parameter naming: How tools and prompts are named.
    package init(_ snapshot: RegistrySnapshot, scope: Scope, naming: Naming) {
        let view = snapshot.view(scope)
        var seenResources: Set<String> = []
        var seenTemplates: Set<String> = []
        for service in snapshot.services(in: scope) where !service.refusesCalls {
            for tool in service.tools where !tool.isHeld {
                guard let name = naming.name(of: tool.name, service, in: view.tools) else { continue }
                let document = Self.document(tool.rawDocument, named: name, instead: tool.name)
                tools.append(CatalogEntry(service: service.name, name: name, ownName: tool.name, document: document))
                toolNames.insert(name)
                if let listed = Self.headerTool(tool.rawDocument) { headerTools[name] = listed }
                if let support = TaskSupport(tool: tool.rawDocument) { taskTools[name] = support }
            }
            for prompt in service.offers.prompts {
                guard let name = naming.name(of: prompt.name, service, in: view.prompts) else { continue }
                let document = Self.document(prompt.rawDocument, named: name, instead: prompt.name)
                prompts.append(CatalogEntry(service: service.name, name: name, ownName: prompt.name, document: document))
            }
            // A client knows resources by their URI: where several services list one, it is listed once.
            for resource in service.offers.resources where seenResources.insert(resource.uri).inserted {
                resources.append(
                    CatalogEntry(
                        service: service.name,
                        name: resource.uri,
                        ownName: resource.uri,
                        document: resource.rawDocument
                    )
                )
            }
            for template in service.offers.templates where seenTemplates.insert(template.uriTemplate).inserted {
                templates.append(
                    CatalogEntry(
                        service: service.name,
                        name: template.uriTemplate,
                        ownName: template.uriTemplate,
                        document: template.rawDocument
                    )
                )
            }
        }
    }

    /// The same with some of its tools.
    func withTools(_ isShown: (CatalogEntry) -> Bool) -> Catalog {
        var catalog = self
        catalog.tools = tools.filter(isShown)
        let names = Set(catalog.tools.map(\.name))
        catalog.headerTools = headerTools.filter { names.contains($0.key) }
        catalog.taskTools = taskTools.filter { names.contains($0.key) }
        catalog.toolNames = names
        return catalog
    }

    /// The entries of one list.
    func entries(_ list: CatalogList) -> [CatalogEntry] {
        switch list {
        case .tools: tools
        case .prompts: prompts
        case .resources: resources
        case .templates: templates
        }
    }

    /// Whether two catalogs list the same of some kind.
    func lists(_ list: CatalogList, like other: Catalog) -> Bool {
        version == other.version
            || entries(list).elementsEqual(other.entries(list)) { $0.service == $1.service && $0.document == $1.document }
    }

    private static func document(_ document: ByteBuffer, named name: String, instead own: String) -> ByteBuffer {
        guard name != own else { return document }
        do {
            var object = try RawObject(document)
            object["name"] = ByteBuffer(json: name)
            return object.encoded
        } catch {
            // It was read as an object when it came into the snapshot.
            return document
        }
    }

    private static func headerTool(_ document: ByteBuffer) -> ListedTool? {
        do {
            let listed = try ListedTool(document)
            return listed.headerParameters.isEmpty || listed.hasInvalidHeaders ? nil : listed
        } catch {
            return nil
        }
    }
}

/// The lists of a server.
enum CatalogList: String, Sendable, CaseIterable {
    case tools, prompts, resources
    case templates = "resourceTemplates"

    /// The list that a method asks for.
    init?(method: String) {
        switch method {
        case "tools/list": self = .tools
        case "prompts/list": self = .prompts
        case "resources/list": self = .resources
        case "resources/templates/list": self = .templates
        default: return nil
        }
    }
}
