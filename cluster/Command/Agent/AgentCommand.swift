import ArgumentParser
import MCPStore

/// `mcpstore agent`: who has services of its own.
struct AgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "List the agents that have services of their own.",
        subcommands: [AgentListCommand.self]
    )
}

/// `mcpstore agent list`.
struct AgentListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the agents of the space.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let agents = try await common.withStore { try await $0.listAgents() }
        if common.json { return Console.shared.out(JSONOutput.strings(agents).description) }
        Console.shared.out(agents.isEmpty ? "no agents" : agents.joined(separator: "\n"))
    }
}
