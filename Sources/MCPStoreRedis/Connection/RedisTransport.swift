import NIOCore
import NIOPosix
import NIOSSL

/// Opens channels to the configured endpoint: TCP, a Unix socket, or TLS over TCP.
struct RedisTransport: Sendable {
    private let endpoint: RedisEndpoint
    private let timeout: TimeAmount
    private let serverName: String?
    private let tlsContext: NIOSSLContext?

    /// Reads the TLS files, if TLS is used; so they are read anew for each connection, and renewed certificates are found.
    /// - Throws: `.tlsFailed`, naming the file that cannot be used; `.badConfiguration` where Sentinels must be asked first.
    init(_ configuration: RedisConfiguration) throws(RedisError) {
        guard configuration.sentinels == nil else {
            throw RedisError(
                .badConfiguration,
                "\(configuration.endpointDescription) is no address: its Sentinels were not asked"
            )
        }
        self.endpoint = configuration.endpoint
        self.timeout = TimeAmount(bounded: configuration.socketTimeout)
        guard configuration.usesTLS, case .tcp(let host, _) = configuration.endpoint else {
            (self.tlsContext, self.serverName) = (nil, nil)
            return
        }
        let name = configuration.tls.serverName ?? host
        // TLS has no SNI for addresses; without a name the certificate is checked against the peer's address.
        self.serverName = RedisEndpoint.isAddress(name) ? nil : name
        self.tlsContext = try Self.context(configuration.tls)
    }

    private static func context(_ options: TLSOptions) throws(RedisError) -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.shutdownTimeout = .seconds(1)
        if let file = options.caFile {
            tls.trustRoots = .certificates(try Self.reading(file, "CA file") { try NIOSSLCertificate.fromPEMFile(file) })
        }
        if let file = options.certificateFile {
            let chain = try Self.reading(file, "client certificate") { try NIOSSLCertificate.fromPEMFile(file) }
            tls.certificateChain = chain.map { .certificate($0) }
        }
        if let file = options.privateKeyFile {
            tls.privateKey = .privateKey(
                try Self.reading(file, "client private key") { try NIOSSLPrivateKey(file: file, format: .pem) }
            )
        }
        if options.skipsVerification { tls.certificateVerification = .none }
        do {
            return try NIOSSLContext(configuration: tls)
        } catch {
            throw RedisError(
                .tlsFailed,
                "the TLS configuration cannot be used: certificate and private key may not belong together"
            )
        }
    }

    private static func reading<T>(_ file: String, _ what: String, _ body: () throws -> T) throws(RedisError) -> T {
        do {
            return try body()
        } catch {
            throw RedisError(.tlsFailed, "the TLS \(what) '\(file)' cannot be read: it must exist, be readable and hold PEM")
        }
    }

    /// Opens a channel. TLS, if any, starts when ``addHandlers(to:_:)`` is called.
    func connect(on eventLoop: any EventLoop) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(self.timeout)
            // One read for each time that the loop wakes: a second one would nearly always find nothing.
            .channelOption(.maxMessagesPerRead, value: 1)
        return switch self.endpoint {
        case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
        case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
        case .master: preconditionFailure("refused by init")
        }
    }

    /// Sets up the pipeline of a channel that has just been opened, on its event loop: `[TLS] → Redis`.
    func addHandlers(to channel: any Channel, _ handler: RedisChannelHandler) throws {
        try self.addTLS(to: channel)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// The TLS part of the pipeline, if there is one.
    func addTLS(to channel: any Channel) throws {
        if let tlsContext = self.tlsContext {
            let tls = try NIOSSLClientHandler(context: tlsContext, serverHostname: self.serverName)
            try channel.pipeline.syncOperations.addHandler(tls)
        }
    }
}
