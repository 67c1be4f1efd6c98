import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOSSL

/// The HTTP clients of this process: one per event loop and way of connecting, so that a response is handled on the loop it came in
/// on, and all sessions of a loop share connections to a host.
///
/// They live as long as the process. Idle connections close by themselves.
enum HTTPClientRegistry {
    private struct Key: Hashable {
        var eventLoop: ObjectIdentifier
        var addresses: RemoteAddressPolicy
        var certificateAuthorities: String?
        var connectTimeout: Duration
        var connectionsPerHost: Int
    }

    private static let clients = NIOLockedValueBox<[Key: HTTPClient]>([:])

    /// The client for sessions on this loop.
    static func client(on eventLoop: any EventLoop, options: HTTPTransportOptions) -> HTTPClient {
        let key = Key(
            eventLoop: ObjectIdentifier(eventLoop),
            addresses: options.addresses,
            certificateAuthorities: options.certificateAuthorities,
            connectTimeout: options.connectTimeout,
            connectionsPerHost: options.connectionsPerHost
        )
        return self.clients.withLockedValue { clients in
            if let client = clients[key] { return client }
            // The client keeps the loop alive, so that its identifier cannot come to mean another one.
            let client = HTTPClient(eventLoopGroup: eventLoop, configuration: self.configuration(options))
            clients[key] = client
            return client
        }
    }

    private static func configuration(_ options: HTTPTransportOptions) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let file = options.certificateAuthorities { tls.additionalTrustRoots = [.file(file)] }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(options.connectTimeout), read: nil),
            decompression: .disabled
        )
        // The worker waits and tries again by its own rules; here a failure is told at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = options.connectionsPerHost
        // Common servers close idle connections after five seconds. Closing first avoids that a request is written to a connection
        // that is just being closed, after which nobody knows whether it was executed.
        configuration.connectionPool.idleTimeout = .seconds(4)
        // The trace of a call travels in its message; asking for a tracer takes a lock a request.
        configuration.tracing.tracer = nil
        let addresses = options.addresses
        configuration.http1_1ConnectionDebugInitializer = { channel in
            self.check(channel, addresses).flatMapThrowing {
                try channel.pipeline.syncOperations.addHandler(FlushOnceHandler(), position: .first)
            }
        }
        configuration.http2ConnectionDebugInitializer = { self.check($0, addresses) }
        return configuration
    }

    /// Whether a new connection may be used.
    private static func check(_ channel: any Channel, _ addresses: RemoteAddressPolicy) -> EventLoopFuture<Void> {
        if addresses.allowPrivate || channel.remoteAddress.map(addresses.allows) ?? false {
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        // Closed only after the pool has heard of the failure: it takes a connection that ends while it starts for its own.
        channel.eventLoop.execute { channel.close(promise: nil) }
        return channel.eventLoop.makeFailedFuture(HTTPFailure.ForbiddenAddress())
    }
}
