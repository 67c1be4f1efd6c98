import ArgumentParser

/// `Tests/chaos`: breaks a real cluster in every way that it knows, and proves from outside what became of each call.
struct ChaosSuite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Break a cluster under load and prove that no accepted call is lost or run twice by accident.",
        subcommands: [RunCommand.self, RecoveryCommand.self, CallerCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
