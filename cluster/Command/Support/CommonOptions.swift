import ArgumentParser
import Foundation
import Logging
import MCPStore
import MCPStoreQueue
import MCPStoreRedis

/// What every command takes: where Redis is, which data is meant, how to print.
///
/// An option comes before the environment, the environment before the file of `--config`, the file before the defaults.
struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where Redis is: redis://[user:password@]host[:port][/db], rediss://…, unix:///path, or redis+sentinel://host,host/master. "
                + "[MCPSTORE_REDIS_URL]",
            valueName: "url"
        )
    )
    var redis: String?

    @Option(
        name: [.customLong("redis-password-file"), .customLong("password-file")],
        help: ArgumentHelp(
            "A file that holds the password of Redis. [MCPSTORE_REDIS_PASSWORD holds the password itself]",
            valueName: "file"
        )
    )
    var redisPasswordFile: String?

    /// Everybody on the machine may read command lines: it is there to say so.
    @Option(help: .hidden)
    var password: String?

    @Option(help: ArgumentHelp("Isolates tenants from each other. [MCPSTORE_NAMESPACE] (default: default)", valueName: "name"))
    var namespace: String?

    @Option(
        help: ArgumentHelp("Commands with the same dataspace meet. [MCPSTORE_DATASPACE] (default: default)", valueName: "name")
    )
    var dataspace: String?

    @Option(
        help: ArgumentHelp(
            "The bound for connecting to Redis and for each of its answers. [MCPSTORE_SOCKET_TIMEOUT, seconds] (default: 2s)",
            valueName: "time"
        ),
        transform: TimeSpan.secondsOrSpan
    )
    var socketTimeout: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "How often workers check the health of services. [MCPSTORE_HEALTHCHECK_INTERVAL, seconds] (default: 30s)",
            valueName: "time"
        ),
        transform: TimeSpan.secondsOrSpan
    )
    var healthcheckInterval: TimeSpan?

    @Option(help: ArgumentHelp("The workers that are meant. [MCPSTORE_CLUSTER] (default: default)", valueName: "name"))
    var cluster: String?

    @Option(
        help: ArgumentHelp(
            "A JSON file with url, password, namespace, dataspace, socket_timeout, healthcheck_interval, cluster, tls.",
            valueName: "file"
        )
    )
    var config: String?

    @Flag(help: "Print JSON on standard output.")
    var json = false

    @Flag(help: "Log every Redis command with its duration and size.")
    var debug = false
}

extension CommonOptions {
    /// The space as the next command needs it, with a space before each option; empty where none was said.
    var repeated: String {
        [("namespace", namespace), ("dataspace", dataspace)].compactMap { name, value in value.map { " --\(name) \($0)" } }
            .joined()
    }

    /// - Parameter isClient: Whether the command is over soon, so that only warnings are worth a line.
    func logger(isClient: Bool) -> Logger {
        Logger(label: "mcpstore") { _ in
            ConsoleLogHandler(level: debug ? .debug : isClient ? .warning : .info, showsTime: !isClient)
        }
    }

    /// The options of all sources together.
    ///
    /// - Parameter isShared: Whether the command has something to do in the dataspace, which others are to find.
    /// - Throws: ``MCPStoreError`` (`badConfiguration`).
    func redisOptions(isShared: Bool = true, logger: Logger) throws(MCPStoreError) -> RedisOptions {
        var layer = RedisOptionsLayer()
        layer.url = redis
        layer.namespace = namespace
        layer.dataspace = dataspace
        layer.cluster = cluster
        layer.socketTimeout = socketTimeout?.duration
        layer.healthcheckInterval = healthcheckInterval?.duration
        guard password == nil else {
            throw MCPStoreError(
                .badConfiguration,
                "a password on the command line can be read by everybody on this machine: use --password-file FILE or MCPSTORE_REDIS_PASSWORD"
            )
        }
        if let redisPasswordFile {
            let bytes = try ConfigurationFile.read(redisPasswordFile, what: "the password file")
            layer.password = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
        let environment = ProcessInfo.processInfo.environment
        layer = try layer.over(RedisOptionsLayer(environment: environment))
        if let config {
            let file = try ConfigurationFile(path: config, environment: environment, below: layer) { logger.warning("\($0)") }
            layer = layer.over(file.redis)
        }
        // Separate commands must meet.
        if layer.dataspace == nil { layer.dataspace = "default" }
        // Workers run the services; a command is over too soon to.
        layer.embedded = false
        guard let options = layer.options else {
            throw MCPStoreError(
                .badConfiguration,
                "no Redis is given: use --redis URL, set MCPSTORE_REDIS_URL, or name a file with --config"
            )
        }
        if isShared, options.dataspace == "auto" {
            logger.warning("the dataspace 'auto' is a new one for this command alone; name one with --dataspace to meet others")
        }
        return options
    }

    /// Runs `body` with a connected store and closes it afterwards. Ctrl-C takes back what it does, unless it looks after that
    /// itself.
    ///
    /// With `--json`, an error is printed on standard output too.
    func withStore<Value: Sendable>(
        isInterruptible: Bool = true,
        _ body: @escaping @Sendable (StoreContext) async throws -> Value
    ) async throws -> Value {
        let logger = logger(isClient: true)
        if !debug { Console.shared.holdWarnings() }
        do {
            let options = try redisOptions(logger: logger)
            let work = { @Sendable () async throws -> Value in
                let store = try await MCPStore.setup(debug: debug, redis: options, logger: logger)
                Console.shared.releaseWarnings()
                do {
                    let value = try await body(store.forStore())
                    await store.close()
                    return value
                } catch {
                    await store.close()
                    throw error
                }
            }
            return try await isInterruptible ? Interruption.cancelling(work) : work()
        } catch let error as MCPStoreError {
            if json { Console.shared.out(JSONOutput.error(error).description) }
            throw error
        }
    }
}
