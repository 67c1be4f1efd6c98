/// How to reach one Redis server. Its description, and no error made from it, ever holds the password.
package struct RedisConfiguration: Sendable, CustomStringConvertible {
    private(set) var endpoint: RedisEndpoint
    /// Whether the server must say that it is a master before it is used: Sentinels named it, and it may have been demoted since.
    private(set) var mustBeMaster = false
    /// Whether the URL is `rediss://` or `rediss+sentinel://`.
    package let usesTLS: Bool
    /// The replicas that must confirm what may not be lost; `nil`: the master's word is enough.
    package let replicaWait: ReplicaWait?
    /// The user that logs in; `nil` for the default one.
    package let user: String?
    let password: String?
    /// The database number that `SELECT` chooses.
    package let database: Int
    /// How TLS is done when the URL is `rediss://`.
    package let tls: TLSOptions
    /// The bound for opening a connection, and the default deadline of a command. Default 2 s.
    package var socketTimeout: Duration
    /// The first part of the name that `CLIENT LIST` shows; the client's own name follows.
    package var clientName: String?
    /// The largest reply in bytes; a larger one closes the connection. Default 64 MiB.
    package var maximumReplySize = 64 * 1024 * 1024
    /// The most commands that may wait to be written. Default 65,536.
    package var maximumPendingCommands = 65_536
    /// The most bytes of commands that may wait to be written. Default 64 MiB.
    package var maximumPendingBytes = 64 * 1024 * 1024

    /// Reads a URL.
    ///
    /// Forms: `redis://[user[:password]@]host[:port][/db]`, the same with `rediss://` for TLS, and
    /// `unix://[user:password@]/path/to.sock[?db=0]` or `redis+unix://…` for Unix sockets. User name and password are
    /// percent-decoded. `redis://:password@host` gives a password without a user.
    ///
    /// `redis+sentinel://[user:password@]host[:port],host[:port]/master[/db]` names Sentinels (port 26379), which are asked
    /// where `master` is before each connection; with `rediss+sentinel://` both they and Redis are reached over TLS. User and
    /// password are those of Redis; `?sentinel_username=…&sentinel_password=…` are those of the Sentinels.
    ///
    /// `?wait_replicas=N&wait_timeout=SECONDS` with any scheme sets ``replicaWait``; the timeout is half of the socket timeout
    /// and at most 1 s where nothing is said.
    /// - Parameters:
    ///   - url: the URL.
    ///   - password: the password beside the URL; an error if the URL holds another one.
    ///   - socketTimeout: the bound for opening a connection, and the default deadline of a command.
    ///   - clientName: the first part of the name that `CLIENT LIST` shows.
    ///   - tls: how TLS is done; an error with a URL that is not `rediss://`.
    /// - Throws: `.badConfiguration`, saying what is wrong without showing user or password.
    package init(
        url: String,
        password: String? = nil,
        socketTimeout: Duration = .seconds(2),
        clientName: String? = nil,
        tls: TLSOptions = .init()
    ) throws(RedisError) {
        let parsed = try RedisURL(url)
        self.endpoint = parsed.endpoint
        self.replicaWait = try Self.replicaWait(parsed, socketTimeout)
        self.usesTLS = parsed.usesTLS
        self.user = parsed.user
        self.database = parsed.database
        self.socketTimeout = socketTimeout
        self.clientName = clientName
        self.tls = tls
        if let inside = parsed.password, let password, inside != password {
            throw RedisError(
                .badConfiguration,
                "two different passwords: one in the Redis URL and one beside it; remove one of them"
            )
        }
        self.password = password ?? parsed.password
        if self.user != nil, self.password == nil {
            throw RedisError(.badConfiguration, "the Redis URL names a user but there is no password for it")
        }
        guard socketTimeout > .zero else {
            throw RedisError(.badConfiguration, "the Redis socket timeout must be longer than 0")
        }
        if !parsed.usesTLS, !tls.isDefault {
            throw RedisError(
                .badConfiguration,
                "TLS options are set but the Redis URL does not start with rediss:// or rediss+sentinel://; nothing would be encrypted"
            )
        }
        if (tls.certificateFile == nil) != (tls.privateKeyFile == nil) {
            throw RedisError(.badConfiguration, "a TLS client certificate needs both a certificate file and a private key file")
        }
    }

    /// `host:port`, the path of the Unix socket, or the master's name and its Sentinels. No secrets.
    package var endpointDescription: String { self.endpoint.description }

    /// Whether the server can be nowhere but on this machine.
    package var isLoopback: Bool { self.endpoint.isLoopback }

    /// The URL without user and password.
    package var description: String {
        switch self.endpoint {
        case .tcp: "\(self.usesTLS ? "rediss" : "redis")://\(self.endpoint)/\(self.database)"
        case .unix(let path): "unix://\(path)?db=\(self.database)"
        case .master(let group): "\(self.usesTLS ? "rediss" : "redis")+sentinel://\(group)/\(self.database)"
        }
    }
}

extension RedisConfiguration {
    private static func replicaWait(_ parsed: RedisURL, _ socketTimeout: Duration) throws(RedisError) -> ReplicaWait? {
        guard let replicas = parsed.waitReplicas else { return nil }
        let timeout = parsed.waitTimeout ?? min(socketTimeout / 2, .seconds(1))
        guard timeout < socketTimeout else {
            // Commands wait behind a WAIT.
            throw RedisError(.badConfiguration, "wait_timeout in the Redis URL must be shorter than the Redis socket timeout")
        }
        return ReplicaWait(replicas: replicas, timeout: timeout)
    }

    /// The Sentinels to ask before each connection; `nil` where the URL names the server itself.
    var sentinels: SentinelGroup? { if case .master(let group) = self.endpoint { group } else { nil } }

    /// Whether Sentinels say where the server is, so that another one may take its place.
    package var followsMaster: Bool { self.mustBeMaster || self.sentinels != nil }

    /// The same for the server at `endpoint`, which Sentinels said is the master.
    func located(at endpoint: RedisEndpoint) -> RedisConfiguration {
        var copy = self
        copy.endpoint = endpoint
        copy.mustBeMaster = true
        return copy
    }
}

extension RedisConfiguration: CustomDebugStringConvertible, CustomReflectable {
    package var debugDescription: String { self.description }

    /// Nothing to look at: a mirror would show the password.
    package var customMirror: Mirror { Mirror(self, children: ["url": self.description]) }
}

extension RedisConfiguration {
    /// What must be said loudly where certificates are not verified; `nil` where they are.
    package var verificationWarning: String? {
        guard self.usesTLS, self.tls.skipsVerification else { return nil }
        return
            "TLS certificates of \(self.endpointDescription) are NOT verified: anybody on the path can read and change everything"
    }
}
