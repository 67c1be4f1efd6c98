import ArgumentParser
import MCPStore

/// `mcpstore service show`.
struct ServiceShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a service: state, workers, configuration."
    )

    @Argument(help: "The service's name.")
    var name: String

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let service = try await common.withStore { [name] in try await $0.serviceInfo(name) }
        Console.shared.out(common.json ? JSONOutput.service(service).description : Self.text(service))
    }

    private static func text(_ service: ServiceInfo) -> String {
        var rows: [(String, String)] = [
            ("name", service.name), ("status", service.status), ("reason", service.reason.oneLine),
            ("error", service.error.oneLine),
            ("since", service.since), ("checked", service.checked), ("latency", service.latency?.tableText ?? ""),
            ("workers", service.workers.joined(separator: ", ")), ("tools", "\(service.toolCount)"), ("target", service.target),
            ("version", "\(service.version), written \(service.updated) by \(service.updatedBy.oneLine)"),
        ]
        rows.removeAll { $0.1.isEmpty }
        var text = rows.map { $0.0 + String(repeating: " ", count: 9 - $0.0.count) + $0.1 }.joined(separator: "\n")
        if !service.standardError.isEmpty {
            text += "\nstderr\n" + service.standardError.map { "  \($0.oneLine)" }.joined(separator: "\n")
        }
        return text + "\nconfig\n" + Redaction.configuration(JSONOutput.value(service.configuration)).indented
    }
}
