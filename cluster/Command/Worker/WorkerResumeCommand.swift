import ArgumentParser
import MCPStore

/// `mcpstore worker resume`.
struct WorkerResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Have a worker take calls again that was drained."
    )

    @Argument(help: "The worker's id, as mcpstore worker list shows it.")
    var id: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.withStore { [id] in try await $0.resumeWorker(id) }
        if common.json { return Console.shared.out(JSONValue.object(["worker": .string(id)]).description) }
        Console.shared.out("resumed \(id): services are placed on it again as they are needed")
    }
}
