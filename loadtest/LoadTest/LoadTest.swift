import ArgumentParser

/// `loadtest`: measures the cluster.
struct LoadTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loadtest",
        abstract: "Measure tool calls through a cluster, and the limit that Redis sets.",
        subcommands: [
            RunCommand.self, FindMaxCommand.self, FairnessCommand.self, GrowthCommand.self, ScaleCommand.self, FloorCommand.self,
            MicroCommand.self, DriveCommand.self, NoOpWorkerCommand.self, MicroRunCommand.self,
        ]
    )
}
