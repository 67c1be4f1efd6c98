import AsyncHTTPClient
import Foundation
import Logging
import MCPStore
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Where a key set lies: a file, or a URL.
package enum TokenKeyPlace: Sendable, Equatable {
    case file(String)
    case url(String)

    /// The most bytes of a key set.
    static let mostBytes = 1 << 20
    /// How long one reading may take.
    static let limit = TimeAmount.seconds(5)

    /// - Parameter text: A path, or a URL: `https`, and on this machine `http` too.
    /// - Throws: ``TokenRefusal``
    package init(_ text: String) throws(TokenRefusal) {
        guard text.contains("://") else {
            self = .file(text)
            return
        }
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty, url.user == nil, url.password == nil
        else {
            throw TokenRefusal("the place of the keys must be a file or a URL without a user")
        }
        let isHere = HostPolicy.loopback.contains(host.trimmingCharacters(in: ["[", "]"]).lowercased())
        guard url.scheme == "https" || (url.scheme == "http" && isHere) else {
            throw TokenRefusal("keys are fetched over https only: whoever can change them on their way makes tokens of his own")
        }
        self = .url(text)
    }

    /// What reads it.
    ///
    /// - Parameter authority: A PEM file with the certificates that vouch for the server of a URL; `nil`: those of this machine.
    package func source(authority: String? = nil, logger: Logger) -> TokenKeySource {
        switch self {
        case .file(let path):
            TokenKeySource(path, pace: .local, logger: logger) {
                try ConfigurationFile.read(path, what: "the key set", limit: Self.mostBytes)
            }
        case .url(let url):
            TokenKeySource(url, pace: .remote, logger: logger) { try await Self.fetch(url, authority: authority) }
        }
    }

    /// The body, all of which must come in time: a server that sends a byte now and then would be waited for for ever.
    private static func collect(_ body: HTTPClientResponse.Body) async throws -> ByteBuffer {
        try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask { try await body.collect(upTo: mostBytes) }
            group.addTask {
                try await Task.sleep(for: .nanoseconds(limit.nanoseconds))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let bytes = first else {
                throw TokenRefusal("its answer did not end in time")
            }
            return bytes
        }
    }

    /// A client for one request: it is asked for once in minutes, and leaves nothing behind.
    private static func fetch(_ url: String, authority: String?) async throws -> Data {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        if let authority {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.minimumTLSVersion = .tlsv12
            tls.trustRoots = .file(authority)
            configuration.tlsConfiguration = tls
        }
        configuration.timeout = .init(connect: limit, read: limit)
        let client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
        do {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "Accept", value: "application/jwk-set+json, application/json")
            let response = try await client.execute(request, timeout: limit)
            guard response.status == .ok else { throw TokenRefusal("it was answered with \(response.status.code)") }
            let data = Data(try await collect(response.body).readableBytesView)
            try await client.shutdown()
            return data
        } catch {
            // What went wrong before says more than what goes wrong now.
            try? await client.shutdown()
            throw error
        }
    }
}
