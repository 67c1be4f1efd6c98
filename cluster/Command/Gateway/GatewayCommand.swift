import ArgumentParser
import Foundation
import Glibc
import Logging
import MCPStore
import MCPStoreGateway
import MCPStoreQueue
import NIOCore
import NIOPosix

/// `mcpstore gateway`: the HTTP front door. Any number may run; none keeps anything.
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Run a gateway: MCP over HTTP for any client, in both eras, without sessions; REST; metrics.",
        discussion: """
            Clients use http://HOST:PORT/mcp for the space of --namespace and --dataspace, and
            http://HOST:PORT/mcp/NAMESPACE/DATASPACE for any other. REST is under /api/v1/NAMESPACE/DATASPACE, described by
            /api/v1/openapi.json; /metrics is for Prometheus. /healthz says that it lives, /readyz that it can be used.
            """
    )

    @Option(help: ArgumentHelp("The port to listen on; 0 for a free one.", valueName: "n"))
    var port = 8080

    @Option(help: ArgumentHelp("The address to listen on.", valueName: "address"))
    var host = "127.0.0.1"

    @Option(
        help: ArgumentHelp(
            "Who may use it: 'keys' those with a key of `mcpstore key create`, or with a token where --jwt-issuer says whose; 'tokens' only those; 'none' everybody on this machine. (default: keys; on loopback none where there is no --jwt-issuer)",
            valueName: "how"
        )
    )
    var auth: GatewayAuthentication?

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

    @Option(
        help: ArgumentHelp(
            "An origin whose web pages may also read the answers (CORS), with a key or a token; may be repeated. Off by default.",
            valueName: "origin"
        )
    )
    var corsOrigin: [String] = []

    @OptionGroup(title: "Tokens") var tokens: TokenArguments
    @OptionGroup(title: "Limits of everybody of whom his key or token says nothing else") var limits: LimitArguments
    @OptionGroup(title: "TLS") var certificate: TLSArguments
    @OptionGroup var door: FrontDoorArguments

    @Option(help: ArgumentHelp("The most bytes of a request.", valueName: "bytes"))
    var maxBody = 4 << 20

    @Option(
        help: ArgumentHelp(
            "Threads that serve, 1 to 64. One is the quickest for a single call; more gateways scale as well as more threads.",
            valueName: "n"
        )
    )
    var threads = 1

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard Self.threadRange.contains(threads) else { throw ValidationError("--threads must be from 1 to 64") }
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
        guard auth != GatewayAuthentication.none || isLoopback else {
            throw ValidationError("--auth none is for this machine only: on \(host) whoever reaches it could do everything")
        }
        if let origin = corsOrigin.first(where: { !Self.isOrigin($0) }) {
            throw ValidationError("--cors-origin takes whole origins such as https://app.example.com, not '\(origin)'")
        }
        guard (1024...1 << 30).contains(maxBody) else { throw ValidationError("--max-body must be from 1024 to 1073741824") }
    }

    private static let threadRange = 1...64

    /// What `--threads` says, before the arguments are read as a whole: NIO makes its threads once, when the first is needed.
    static func threads(in arguments: [String]) -> Int {
        for (index, argument) in arguments.enumerated() {
            let value =
                argument == "--threads"
                ? arguments.dropFirst(index + 1).first : argument.split(separator: "=").last.map(String.init)
            guard argument == "--threads" || argument.hasPrefix("--threads=") else { continue }
            if let value, let threads = Int(value), threadRange.contains(threads) { return threads }
        }
        return 1
    }

    /// Whether it is what browsers send: a scheme and a host, perhaps a port, and no path. Any page would be anybody's.
    private static func isOrigin(_ text: String) -> Bool {
        guard let url = URLComponents(string: text), ["http", "https"].contains(url.scheme), url.host?.isEmpty == false else {
            return false
        }
        return url.path.isEmpty && url.query == nil && url.fragment == nil && url.user == nil
    }

    /// What a person can do about an address that cannot be used.
    private func cannotListen(_ error: any Error) -> CommandFailure? {
        var reason: String?
        if let error = error as? IOError { reason = String(cString: strerror(error.errnoCode)) }
        if error is SocketAddressError || error is NIOConnectionError { reason = "there is no such address" }
        return reason.map {
            CommandFailure(
                status: .usage,
                message: "cannot listen on \(host) port \(port): \($0); choose another --host or --port"
            )
        }
    }

    private var isLoopback: Bool { HostPolicy.loopback.contains(host.lowercased()) }

    func run() async throws {
        let logger = common.logger(isClient: false)
        let redis = try common.redisOptions(logger: logger)
        let debug = common.debug
        let environment = ProcessInfo.processInfo.environment
        var options = GatewayOptions(defaultSpace: try Space(namespace: redis.namespace, dataspace: redis.dataspace))
        options.host = host
        options.port = port
        options.hosts = HostPolicy(
            hosts: HostPolicy.loopback.union([host]).union(allowHost),
            origins: Set(allowOrigin + corsOrigin)
        )
        options.crossOrigins = Set(corsOrigin.map { $0.lowercased() })
        options.naming = door.naming
        options.door = door.options
        options.mostBytes = maxBody
        options.tls = try certificate.tls()
        let bearers = try await tokens.authenticator(environment: environment, logger: logger)
        let pool = try redis.pool()
        let client = KeyClient(try redis.redisConfiguration(), pool: pool, logger: logger)
        let keys = KeyAuthenticator { (id) async throws(QueueError) in try await client.keys.find(id) }
        switch auth ?? (isLoopback && bearers == nil ? .none : .keys) {
        case .keys: options.authenticator = AccessAuthenticator(keys: keys, tokens: bearers)
        case .tokens:
            guard bearers != nil else {
                throw CommandFailure(status: .usage, message: "--auth tokens needs --jwt-issuer, which says whose")
            }
            options.authenticator = AccessAuthenticator(keys: nil, tokens: bearers)
        case .none:
            guard bearers == nil else {
                throw CommandFailure(status: .usage, message: "--auth none asks for no token: leave it or --jwt-issuer out")
            }
            logger.warning("this gateway asks nobody who he is: whoever reaches it may call every tool of every space")
        }
        if bearers != nil { options.resources = tokens.resources(environment: environment, isTLS: options.tls != nil) }
        let asking = RedisAccessLimits(pool, client: client.client)
        options.limits = RequestLimits(defaults: limits.limits) { (request) async throws(QueueError) in
            try await asking.ask(request)
        }
        let gateway = Gateway(options, logger: logger) { (space) async throws(MCPStoreError) -> MCPStore in
            var redis = redis
            redis.namespace = space.namespace
            redis.dataspace = space.dataspace
            return try await MCPStore.setup(debug: debug, redis: redis, logger: logger)
        }
        let reloading = options.tls.map { tls in Task { await TLSArguments.keepReloading(tls, logger: logger) } }
        defer { reloading?.cancel() }
        do { try await ServiceRunner.run(gateway, name: "gateway", logger: logger) } catch {
            await client.close()
            throw cannotListen(error) ?? error
        }
        await client.close()
    }
}
