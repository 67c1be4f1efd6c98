/// The configuration of a store: what ``MCPStore/setup(debug:redis:logger:)`` takes, as one value that can be read from a file and
/// the environment.
public struct MCPStoreConfiguration: Sendable, Codable, Hashable {
    /// Whether each Redis command is logged with its duration and sizes (no payloads, no secrets).
    public var debug: Bool
    /// How to reach Redis, and which data is shared. `nil`: none is configured, the store is in memory.
    public var redis: RedisOptions?
    /// The namespace of a store in memory; default `default`. With Redis, its options say it.
    public var namespace: String?
    /// The dataspace of a store in memory; by default a new one. With Redis, its options say it.
    public var dataspace: String?

    /// Makes a configuration.
    public init(debug: Bool = false, redis: RedisOptions? = nil, namespace: String? = nil, dataspace: String? = nil) {
        self.debug = debug
        self.redis = redis
        self.namespace = namespace
        self.dataspace = dataspace
    }

    /// Reads a configuration: the environment before the file, the file before the defaults.
    ///
    /// The file is JSON, with comments or without, with the field names of MCPStore, either at its top or in an object
    /// `redis`. References such as `${REDIS_PASSWORD}` in its texts are resolved from the environment.
    /// - Parameters:
    ///   - file: The path of the file; `nil` for none.
    ///   - environment: The environment variables, `MCPSTORE_REDIS_URL` and so on.
    ///   - warn: Gets a line for what is ignored, such as unknown fields.
    /// - Throws: ``MCPStoreError`` (`badConfiguration`) that names file and field.
    public static func load(
        file: String? = nil,
        environment: [String: String],
        warn: (String) -> Void = { _ in }
    ) throws(MCPStoreError) -> MCPStoreConfiguration {
        let upper = try RedisOptionsLayer(environment: environment)
        let fromFile = try file.map { path throws(MCPStoreError) in
            try ConfigurationFile(path: path, environment: environment, below: upper, warn: warn)
        }
        let layer = upper.over(fromFile?.redis ?? RedisOptionsLayer())
        return MCPStoreConfiguration(
            debug: fromFile?.debug ?? false,
            redis: layer.options,
            namespace: layer.namespace,
            dataspace: layer.dataspace
        )
    }
}
