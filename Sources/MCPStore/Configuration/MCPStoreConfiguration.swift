/// The configuration of a store: what ``MCPStore/setup(debug:redis:logger:)`` takes, as one value that can be read from a file and
/// the environment.
public struct MCPStoreConfiguration: Sendable, Hashable {
    /// Whether each Redis command is logged with its duration and sizes (no payloads, no secrets).
    public var debug: Bool
    /// How to reach Redis, and which data is shared. `nil`: none is configured, the store is in memory.
    public var redis: RedisOptions?
    /// The namespace of a store in memory; default `default`. With Redis, its options say it.
    public var namespace: String?
    /// The dataspace of a store in memory; by default a new one. With Redis, its options say it.
    public var dataspace: String?
    /// How often a store in memory checks the health of its services; default 30 s. With Redis, its options say it.
    public var healthcheckInterval: Duration?

    /// Makes a configuration.
    public init(
        debug: Bool = false,
        redis: RedisOptions? = nil,
        namespace: String? = nil,
        dataspace: String? = nil,
        healthcheckInterval: Duration? = nil
    ) {
        self.debug = debug
        self.redis = redis
        self.namespace = namespace
        self.dataspace = dataspace
        self.healthcheckInterval = healthcheckInterval
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
            dataspace: layer.dataspace,
            healthcheckInterval: layer.healthcheckInterval
        )
    }
}

extension MCPStoreConfiguration: Codable {
    enum CodingKeys: String, CodingKey {
        case debug
        case redis
        case namespace
        case dataspace
        case healthcheckInterval = "healthcheck_interval"
    }

    /// Reads the JSON form; nothing must be there.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            debug: try values.decodeIfPresent(Bool.self, forKey: .debug) ?? false,
            redis: try values.decodeIfPresent(RedisOptions.self, forKey: .redis),
            namespace: try values.decodeIfPresent(String.self, forKey: .namespace),
            dataspace: try values.decodeIfPresent(String.self, forKey: .dataspace),
            healthcheckInterval: try values.decodeIfPresent(Double.self, forKey: .healthcheckInterval).map { .seconds($0) }
        )
    }

    /// Writes the JSON form, the password of Redis included: keep it where secrets are kept.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(debug, forKey: .debug)
        try values.encodeIfPresent(redis, forKey: .redis)
        try values.encodeIfPresent(namespace, forKey: .namespace)
        try values.encodeIfPresent(dataspace, forKey: .dataspace)
        try values.encodeIfPresent(healthcheckInterval.map { $0 / .seconds(1) }, forKey: .healthcheckInterval)
    }
}
