import ArgumentParser
import MCPStore
import NIOConcurrencyHelpers

/// `mcpstore service wait`: on a terminal it shows how the start goes.
struct ServiceWaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "wait", abstract: "Wait until a service answers calls.")

    @Argument(help: "The service's name.")
    var name: String

    @Option(help: ArgumentHelp("How long. (default: 60s)", valueName: "time"), transform: TimeSpan.init)
    var timeout: TimeSpan?

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let progress = common.json || !Console.shared.isTerminal ? nil : StartProgress()
        let service = try await common.withStore { [name, timeout] context in
            try await context.waitService(name, timeout: timeout?.duration ?? .seconds(60)) { progress?.show($0) }
        }
        if common.json { return Console.shared.out(JSONOutput.service(service).description) }
        Console.shared.out(
            "\(service.name) is \(service.status): \(service.toolCount) tools, on \(service.workers.joined(separator: ", "))"
        )
    }
}

/// Shows what is new of a service that is being started: its state, and what its server writes to standard error.
private final class StartProgress: Sendable {
    private let shown = NIOLockedValueBox<(state: String, lines: [String])>(("", []))

    func show(_ service: ServiceInfo) {
        let state = service.reason.isEmpty ? service.status : "\(service.status): \(service.reason.oneLine)"
        let new = shown.withLockedValue { shown -> [String] in
            var new = state == shown.state ? [] : [state]
            let known = Set(shown.lines)
            new += service.standardError.filter { !known.contains($0) }.suffix(5).map { "  | \($0.oneLine)" }
            shown = (state, service.standardError)
            return new
        }
        new.forEach(Console.shared.note)
    }
}
