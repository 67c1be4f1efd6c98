import ArgumentParser

/// `mcpstore worker`: runs a worker, or looks after those that run.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run a worker, which owns MCP servers and runs calls; list, drain and resume workers.",
        discussion: "mcpstore worker is mcpstore worker run; its options: mcpstore worker run --help.",
        subcommands: [WorkerRunCommand.self, WorkerListCommand.self, WorkerDrainCommand.self, WorkerResumeCommand.self],
        defaultSubcommand: WorkerRunCommand.self
    )
}
