import ArgumentParser

/// `loadtest`: measures the cluster. For now it compares calls through the cluster with direct ones; schedules, scenarios and
/// reports come with the next rooms of this house.
struct LoadTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loadtest",
        abstract: "Measure tool calls through a cluster.",
        subcommands: [CompareCommand.self, FloorCommand.self, DriveCommand.self, NoOpWorkerCommand.self, QuickCommand.self]
    )
}
