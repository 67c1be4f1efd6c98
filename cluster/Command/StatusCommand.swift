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
        Console.shared.out(common.json ? Self.json(status).description : Self.text(status))
    }

    private static func text(_ status: StoreStatus) -> String {
        var parts = [
            "space        \(status.space)\ncoordinator  \(status.coordinator ?? "none leads: nothing is placed or recovered; start one with mcpstore coordinator")"
        ]
        var workers = Table("WORKER", "HOST", "PID", "RUNNING", "SPACES", "LABELS")
        for worker in status.workers {
            let labels = worker.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            workers.add(
                worker.id + (worker.isDraining ? " (leaving)" : ""),
                worker.host,
                "\(worker.process)",
                "\(worker.running) of \(worker.slots)",
                worker.spaces.joined(separator: " "),
                labels
            )
        }
        parts.append(workers.isEmpty ? "no workers: start one with mcpstore worker" : workers.text)
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

    private static func json(_ status: StoreStatus) -> JSONValue {
        [
            "space": .string(status.space), "coordinator": status.coordinator.map { .string($0) } ?? .null,
            "workers": .array(
                status.workers.map { worker in
                    [
                        "id": .string(worker.id), "host": .string(worker.host), "pid": .integer(worker.process),
                        "version": .string(worker.version), "spaces": JSONOutput.strings(worker.spaces),
                        "labels": .object(worker.labels.mapValues { .string($0) }), "slots": .integer(worker.slots),
                        "running": .integer(worker.running), "draining": .bool(worker.isDraining),
                    ]
                }
            ),
            "services": .array(status.services.map(JSONOutput.service)),
            "lanes": .array(
                status.lanes.map { lane in
                    [
                        "service": .string(lane.service), "lane": .string(lane.lane), "queued": .integer(lane.queued),
                        "running": .integer(lane.running), "oldest_wait_us": JSONOutput.microseconds(lane.oldestWait),
                    ]
                }
            ),
        ]
    }
}
