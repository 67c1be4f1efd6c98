import ArgumentParser
import MCPStore

/// `mcpstore resource list`: resources and templates.
struct ResourceListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the resources and resource templates of all services, or of one."
    )

    @Option(help: ArgumentHelp("Only those of this service.", valueName: "name"))
    var service: String?

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let (resources, templates) = try await common.withStore { [service] context in
            (try await context.listResources(service: service), try await context.listResourceTemplates(service: service))
        }
        if common.json {
            let value: JSONValue = [
                "resources": .array(
                    resources.map {
                        ["uri": .string($0.uri), "service": .string($0.service), "resource": JSONOutput.value($0.json)]
                    }
                ),
                "templates": .array(
                    templates.map {
                        [
                            "uriTemplate": .string($0.uriTemplate), "service": .string($0.service),
                            "template": JSONOutput.value($0.json),
                        ]
                    }
                ),
            ]
            return Console.shared.out(value.description)
        }
        var table = Table("RESOURCE", "SERVICE", "TYPE", "NAME")
        for item in resources { table.add(item.uri.oneLine, item.service, item.mimeType?.oneLine ?? "", item.name.oneLine) }
        for item in templates {
            table.add(item.uriTemplate.oneLine, item.service, item.mimeType?.oneLine ?? "", item.name.oneLine)
        }
        Console.shared.out(table.isEmpty ? "no resources: see mcpstore service list" : table.text)
    }
}
