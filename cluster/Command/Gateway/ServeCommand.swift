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

    /// Files are always ready, so that nothing can wait for them.
    private static func check(_ descriptor: CInt, _ name: String, _ advice: String) throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw CommandFailure(status: .usage, message: "\(name) is closed: \(advice)")
        }
        let isWaitedFor = [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT) || isatty(descriptor) == 1
        guard isWaitedFor else {
            throw CommandFailure(status: .usage, message: "\(name) is neither pipe, socket nor terminal: \(advice)")
        }
    }

    func run() async throws {
        try Self.check(
            STDIN_FILENO,
            "standard input",
            "the client writes its messages there, as in: cat messages | mcpstore serve --stdio"
        )
        try Self.check(
            STDOUT_FILENO,
            "standard output",
            "the client reads its answers there, as in: mcpstore serve --stdio | cat > answers"
        )
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
