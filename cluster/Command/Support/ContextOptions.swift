import ArgumentParser
import Logging
import MCPStore

/// What every command takes that looks at services: the common options, and whose services are meant.
struct ContextOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The agent whose services are meant; those that belong to no agent without it.", valueName: "id")
    )
    var agent: String?

    @OptionGroup var common: CommonOptions

    var json: Bool { common.json }

    /// The options of this context as the next command needs them, with a space before each.
    var repeated: String { common.repeated + (agent.map { " --agent \($0)" } ?? "") }

    /// Runs `body` with the context of the agent, or of the store; else as ``CommonOptions/withStore(isInterruptible:_:)``.
    func withStore<Value: Sendable>(
        isInterruptible: Bool = true,
        _ body: @escaping @Sendable (StoreContext) async throws -> Value
    ) async throws -> Value {
        try await common.withStore(isInterruptible: isInterruptible) { [agent] context in
            guard let agent else { return try await body(context) }
            return try await body(try context.store.forAgent(agent))
        }
    }
}
