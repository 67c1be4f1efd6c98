import ArgumentParser
import MCPStore

/// `mcpstore service list`.
struct ServiceListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the services of the space.")

    @Flag(help: "Also the services of all agents, under the names under which they are stored.")
    var all = false

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let services = try await common.withStore { [all] in try await $0.listServices(includingAgents: all) }
        if common.json { return Console.shared.out(JSONValue.array(services.map(JSONOutput.service)).description) }
        var table = Table("SERVICE", "STATUS", "TOOLS", "WORKERS", "TARGET", "REASON")
        for service in services {
            table.add(
                service.name,
                service.status,
                "\(service.toolCount)",
                "\(service.workers.count)",
                String(service.target.prefix(60)),
                service.reason.oneLine
            )
        }
        Console.shared.out(table.isEmpty ? "no services: add one with mcpstore service add" : table.text)
    }
}
