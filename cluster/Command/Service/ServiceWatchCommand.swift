import ArgumentParser
import MCPStore

/// `mcpstore service watch`: prints what changes until it is interrupted.
struct ServiceWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print what changes: services, their states, what they offer. One line each, until Ctrl-C."
    )

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let json = common.json
        try await common.withStore { context in
            let events = context.events()
            Console.shared.note("watching \(context.store.space)")
            for await event in events {
                guard Console.shared.outIsRead(json ? Self.json(event).description : Self.text(event)) else { return }
            }
        }
    }

    private static func text(_ event: StoreEvent) -> String {
        switch event {
        case .serviceAdded(let service): "added \(service)"
        case .serviceChanged(let service): "changed \(service)"
        case .serviceRemoved(let service): "removed \(service)"
        case .stateChanged(let service, let status, let reason): "\(service) is \(status): \(reason.oneLine)"
        case .toolsChanged(let service): "tools of \(service) changed"
        case .missed: "some changes were missed"
        }
    }

    private static func json(_ event: StoreEvent) -> JSONValue {
        var members: [String: JSONValue] = ["event": .string(event.kind)]
        members["service"] = event.service.map { .string($0) }
        if case .stateChanged(_, let status, let reason) = event {
            members["status"] = .string(status)
            members["reason"] = .string(reason)
        }
        return .object(members)
    }
}
