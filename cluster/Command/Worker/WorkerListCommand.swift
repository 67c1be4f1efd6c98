import ArgumentParser
import MCPStore

/// `mcpstore worker list`.
struct WorkerListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the workers that hold a lease.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let workers = try await common.withStore { try await $0.status().workers }
        if common.json { return Console.shared.out(JSONValue.array(workers.map(WorkerOutput.json)).description) }
        Console.shared.out(WorkerOutput.text(workers))
    }
}
