import ArgumentParser
import MCPStore

/// `mcpstore status`: workers, coordinator, services, queued and running jobs.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show workers, coordinator, services, queued and running jobs."
    )

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let status = try await common.withStore { try await $0.status(includingAgents: true) }
        Console.shared.out(common.json ? JSONOutput.status(status).description : Self.text(status))
    }

    private static func text(_ status: StoreStatus) -> String {
        var parts = [
            "space        \(status.space)\ncoordinator  \(status.coordinator ?? "none leads: nothing is placed or recovered; start one with mcpstore coordinator")"
        ]
        parts.append(WorkerOutput.text(status.workers))
        var services = Table("SERVICE", "STATUS", "TOOLS", "QUEUED", "RUNNING", "OLDEST WAIT", "REASON")
        for service in status.services {
            let lanes = status.lanes.filter { $0.service == service.name }
            services.add(
                service.name,
                service.status,
                "\(service.toolCount)",
                "\(lanes.map(\.queued).reduce(0, +))",
                "\(lanes.map(\.running).reduce(0, +))",
                lanes.compactMap(\.oldestWait).max()?.tableText ?? "",
                service.reason.oneLine
            )
        }
        parts.append(services.isEmpty ? "no services: add one with mcpstore service add" : services.text)
        return parts.joined(separator: "\n\n")
    }
}
