import ArgumentParser
import MCPStoreQueue

/// `mcpstore`: everything that is run, one subcommand each.
struct MCPStoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcpstore",
        abstract: "Run MCP tool calls as jobs on Redis Streams, on a cluster of workers.",
        discussion: """
            Every command takes --redis, --namespace, --dataspace and --cluster; the environment variables MCPSTORE_REDIS_URL,
            MCPSTORE_REDIS_PASSWORD, MCPSTORE_NAMESPACE, MCPSTORE_DATASPACE and MCPSTORE_CLUSTER say the same, and --config names
            a JSON file with the fields url, password, namespace, dataspace, socket_timeout, healthcheck_interval, cluster, tls.

            Exit codes: 0 answered, 1 the tool itself reported an error, 2 wrong usage, 3 no answer.
            """,
        version: QueueVersion.current,
        subcommands: [
            UpCommand.self, CallCommand.self, BatchCommand.self, ServiceCommand.self, ImportCommand.self, ToolCommand.self,
            ResourceCommand.self,
            PromptCommand.self, AgentCommand.self, StatusCommand.self, StatsCommand.self, TopCommand.self, DeadCommand.self,
            DoctorCommand.self, WorkerCommand.self, CoordinatorCommand.self, GatewayCommand.self, KeyCommand.self,
            TenantCommand.self, ServeCommand.self,
        ]
    )
}
