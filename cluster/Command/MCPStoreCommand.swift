import ArgumentParser

@main
struct MCPStoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "mcpstore")
}
