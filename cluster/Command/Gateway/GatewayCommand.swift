import ArgumentParser
import Logging
import MCPStore
import MCPStoreGateway
import MCPStoreQueue

/// `mcpstore gateway`: the HTTP front door. Any number may run; none keeps anything.
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Run a gateway: MCP over HTTP for any client, in both eras, without sessions.",
        discussion: """
            Clients use http://HOST:PORT/mcp for the space of --namespace and --dataspace, and
            http://HOST:PORT/mcp/NAMESPACE/DATASPACE for any other. /healthz says that it lives, /readyz that it can be used.
            """
    )

    @Option(help: ArgumentHelp("The port to listen on; 0 for a free one.", valueName: "n"))
    var port = 8080

    @Option(help: ArgumentHelp("The address to listen on.", valueName: "address"))
    var host = "127.0.0.1"

    @Flag(help: "Listen on an address that others reach, although nobody is asked who he is yet.")
    var open = false

    @Option(
        help: ArgumentHelp(
            "A host that requests may name beside localhost and --host; may be repeated. '*' allows any.",
            valueName: "name"
        )
    )
    var allowHost: [String] = []

    @Option(
        help: ArgumentHelp(
            "An origin whose web pages may use it, such as https://app.example.com; may be repeated.",
            valueName: "origin"
        )
    )
    var allowOrigin: [String] = []

    @OptionGroup var door: FrontDoorArguments

    @Option(help: ArgumentHelp("The most bytes of a request.", valueName: "bytes"))
    var maxBody = 4 << 20

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
        guard (1024...1 << 30).contains(maxBody) else { throw ValidationError("--max-body must be from 1024 to 1073741824") }
        guard open || HostPolicy.loopback.contains(host) else {
            throw ValidationError(
                "there are no keys yet: whoever reaches \(host) could call every tool of every space; say --open if that is meant"
            )
        }
    }

    func run() async throws {
        let logger = common.logger(isClient: false)
        let redis = try common.redisOptions(logger: logger)
        let debug = common.debug
        var options = GatewayOptions(defaultSpace: try Space(namespace: redis.namespace, dataspace: redis.dataspace))
        options.host = host
        options.port = port
        options.hosts = HostPolicy(hosts: HostPolicy.loopback.union([host]).union(allowHost), origins: Set(allowOrigin))
        options.naming = door.naming
        options.door = door.options
        options.mostBytes = maxBody
        logger.warning("this gateway asks nobody who he is: whoever reaches it may call every tool of every space")
        let gateway = Gateway(options, logger: logger) { (space) async throws(MCPStoreError) -> MCPStore in
            var redis = redis
            redis.namespace = space.namespace
            redis.dataspace = space.dataspace
            return try await MCPStore.setup(debug: debug, redis: redis, logger: logger)
        }
        try await ServiceRunner.run(gateway, name: "gateway", logger: logger)
    }
}
