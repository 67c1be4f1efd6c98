import ArgumentParser

/// `mcpstore service`: the MCP servers of a space.
struct ServiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service",
        abstract: "Add, show, wait for, change, pause, drain, restart, sign and remove services (MCP servers).",
        subcommands: [
            ServiceAddCommand.self, ServiceListCommand.self, ServiceShowCommand.self, ServiceWaitCommand.self,
            ServiceWatchCommand.self, ServiceUpdateCommand.self, ServicePatchCommand.self, ServiceLimitCommand.self,
            ServiceRestartCommand.self,
            ServicePauseCommand.self, ServiceResumeCommand.self, ServiceDrainCommand.self, ServiceRemoveCommand.self,
            ServiceResetCommand.self, ServiceSignCommand.self,
        ]
    )
}
