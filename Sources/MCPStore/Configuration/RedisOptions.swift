import MCPStoreQueue

/// How a store reaches Redis, and which data it shares: the fields of MCPStore's `redis` configuration with the same names
/// and defaults.
///
///     let redis = RedisOptions(url: "redis://localhost:6379/0", dataspace: "workspace1")
///
/// As JSON, with exactly the names of MCPStore: `{"url": …, "password": …, "namespace": "default", "dataspace": "auto",
/// "socket_timeout": 2.0, "healthcheck_interval": 30}`, and beside them `cluster`, `embedded`, `fallback`,
/// `max_queued` and `tls`.
public struct RedisOptions: Sendable, Hashable {
    /// `redis://[user[:password]@]host[:port][/db]`, the same with `rediss://` for TLS, `unix:///path/to.sock?db=0`, or
    /// `redis+sentinel://[user:password@]host[:port],host[:port]/master[/db]` where Sentinels say which server is the master.
    /// `?wait_replicas=N&wait_timeout=SECONDS` waits for replicas (`docs/reliability.md`).
    public var url: String
    /// The password, where the URL does not hold it.
    public var password: String?
    /// Isolates applications and tenants from each other. Default `default`.
    public var namespace: String
    /// Processes with the same namespace and dataspace share services, tools and states. `auto`, the default, makes a new
    /// one at each start that nobody shares.
    public var dataspace: String
    /// The bound for opening a connection and for each answer of Redis. `socket_timeout` in seconds; default 2.
    public var socketTimeout: Duration
    /// How often workers check the health of services. `healthcheck_interval` in seconds; default 30.
    public var healthcheckInterval: Duration
    /// The workers that run the services of this store's space. Default `default`.
    public var cluster: String
    /// Whether this process runs the services that it adds itself, so that a bare Redis is enough. `false`: the store is a
    /// client of a cluster, whose workers run them. `embedded`; default true.
    public var embedded: Bool
    /// Whether this process goes on in memory, with a warning, while Redis cannot be reached, and returns by itself; only where
    /// the store is embedded. `false`: whoever calls gets an error. `fallback`; default true.
    public var fallback: Bool
    /// Jobs of the whole space, queued and running, above which this process' calls are refused as `busy`; `nil`: not limited.
    /// `max_queued`
    public var maxQueued: Int?
    /// How a `rediss://` connection is secured.
    public var tls: TLS?

    /// How a `rediss://` connection is secured. Without it the server is verified against the system's trust store.
    public struct TLS: Sendable, Hashable, Codable {
        /// A PEM file with the authorities to trust instead of the system's. `ca_file`
        public var caFile: String?
        /// A PEM file with the client's certificate chain. `cert_file`
        public var certificateFile: String?
        /// A PEM file with the private key of the client's certificate. `key_file`
        public var keyFile: String?
        /// The name to ask for and to verify instead of the URL's host. `server_name`
        public var serverName: String?
        /// Whether the server's certificate is verified; default true. Without it anybody on the path can read and change
        /// everything, and a warning is logged. `verify`
        public var verify: Bool?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case caFile = "ca_file"
            case certificateFile = "cert_file"
            case keyFile = "key_file"
            case serverName = "server_name"
            case verify
        }

        /// Makes options; everything that is not given keeps its default.
        public init(
            caFile: String? = nil,
            certificateFile: String? = nil,
            keyFile: String? = nil,
            serverName: String? = nil,
            verify: Bool? = nil
        ) {
            self.caFile = caFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.serverName = serverName
            self.verify = verify
        }
    }

    /// Makes options with the defaults of MCPStore.
    public init(
        url: String,
        password: String? = nil,
        namespace: String = "default",
        dataspace: String = "auto",
        socketTimeout: Duration = .seconds(2),
        healthcheckInterval: Duration = .seconds(30),
        cluster: String = "default",
        embedded: Bool = true,
        fallback: Bool = true,
        maxQueued: Int? = nil,
        tls: TLS? = nil
    ) {
        self.url = url
        self.password = password
        self.namespace = namespace
        self.dataspace = dataspace
        self.socketTimeout = socketTimeout
        self.healthcheckInterval = healthcheckInterval
        self.cluster = cluster
        self.embedded = embedded
        self.fallback = fallback
        self.maxQueued = maxQueued
        self.tls = tls
    }
}

extension RedisOptions: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case url
        case password
        case namespace
        case dataspace
        case socketTimeout = "socket_timeout"
        case healthcheckInterval = "healthcheck_interval"
        case cluster
        case embedded
        case fallback
        case maxQueued = "max_queued"
        case tls
    }

    /// Reads the JSON form; only `url` must be there.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(url: try values.decode(String.self, forKey: .url))
        password = try values.decodeIfPresent(String.self, forKey: .password)
        namespace = try values.decodeIfPresent(String.self, forKey: .namespace) ?? namespace
        dataspace = try values.decodeIfPresent(String.self, forKey: .dataspace) ?? dataspace
        socketTimeout = try values.decodeIfPresent(Double.self, forKey: .socketTimeout).map { .seconds($0) } ?? socketTimeout
        healthcheckInterval =
            try values.decodeIfPresent(Double.self, forKey: .healthcheckInterval).map { .seconds($0) } ?? healthcheckInterval
        cluster = try values.decodeIfPresent(String.self, forKey: .cluster) ?? cluster
        embedded = try values.decodeIfPresent(Bool.self, forKey: .embedded) ?? embedded
        fallback = try values.decodeIfPresent(Bool.self, forKey: .fallback) ?? fallback
        maxQueued = try values.decodeIfPresent(Int.self, forKey: .maxQueued)
        tls = try values.decodeIfPresent(TLS.self, forKey: .tls)
    }

    /// Writes the JSON form, the password included: keep it where secrets are kept.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(url, forKey: .url)
        try values.encodeIfPresent(password, forKey: .password)
        try values.encode(namespace, forKey: .namespace)
        try values.encode(dataspace, forKey: .dataspace)
        try values.encode(socketTimeout / .seconds(1), forKey: .socketTimeout)
        try values.encode(healthcheckInterval / .seconds(1), forKey: .healthcheckInterval)
        try values.encode(cluster, forKey: .cluster)
        try values.encode(embedded, forKey: .embedded)
        try values.encode(fallback, forKey: .fallback)
        try values.encodeIfPresent(maxQueued, forKey: .maxQueued)
        try values.encodeIfPresent(tls, forKey: .tls)
    }
}

extension RedisOptions: CustomStringConvertible, CustomReflectable {
    /// What it points at, without user and password.
    public var description: String {
        "RedisOptions(\(redactedURL), namespace: \(namespace), dataspace: \(dataspace), cluster: \(cluster))"
    }

    /// The same: a mirror would show the password.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension RedisOptions {
    /// What one process may have queued.
    var callerLimits: CallerLimits {
        var limits = CallerLimits()
        limits.queuedPerSpace = maxQueued.map { max($0, 1) }
        return limits
    }
}
