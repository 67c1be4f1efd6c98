import ArgumentParser
import Glibc
import MCPStore
import MCPStoreGateway

/// `mcpstore serve --stdio`: the gateway's front door for clients that start their servers themselves.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a space as one MCP server over standard input and output, for desktop clients.",
        discussion: """
            In the mcpServers file of a client: {"command": "mcpstore", "args": ["serve", "--stdio", "--redis", "redis://…"]}.
            It ends with its input. Standard error is its log.
            """
    )

    @Flag(help: "Serve over standard input and output; the only way there is.")
    var stdio = false

    @OptionGroup var door: FrontDoorArguments
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard stdio else { throw ValidationError("say --stdio; over HTTP there is mcpstore gateway") }
    }

    func run() async throws {
        let logger = common.logger(isClient: true)
        let redis = try common.redisOptions(logger: logger)
        let store = try await MCPStore.setup(debug: common.debug, redis: redis, logger: logger)
        let server = StdioServer(
            space: StoreSpace(store, naming: door.naming),
            options: door.options,
            input: dup(STDIN_FILENO),
            output: dup(STDOUT_FILENO)
        )
        do {
            try await ServiceRunner.run(server, name: "server", logger: logger)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }
}
