import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TestSupport
import Testing

@testable import MCPStoreGateway

/// HTTPS, and certificates that are replaced while the gateway runs.
struct GatewayTLSTests {
    private func get(_ url: String, trusting authority: String) async throws -> String {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(authority)
        let client = HTTPClient(
            eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
            configuration: .init(tlsConfiguration: tls)
        )
        do {
            let response = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(60))
            let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
            try await client.shutdown()
            return text
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    @Test func `Requests come over TLS, with the certificate that was read last`() async throws {
        let certificates = try await TestCertificates.shared()
        let directory = try TemporaryDirectory("gateway-tls")
        defer { directory.remove() }
        let (certificate, key) = (directory.path + "/cert.pem", directory.path + "/key.pem")
        func put(_ from: String, _ to: String) throws {
            try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to), options: .atomic)
        }
        try put(certificates.server, certificate)
        try put(certificates.serverKey, key)
        let tls = try GatewayTLS(certificate: certificate, key: key)
        try await withLiveGateway([], { $0.tls = tls }) { gateway in
            let url = "https://127.0.0.1:\(gateway.port)/healthz"
            #expect(try await get(url, trusting: certificates.authority) == "ok\n")
            await #expect(throws: (any Error).self) { try await get(url, trusting: certificates.strangeAuthority) }
            await #expect(throws: (any Error).self) { try await gateway.send(.GET, "/healthz") }

            // One that is not for this address: whoever verifies sees that it is another.
            try put(certificates.client, certificate)
            #expect(throws: GatewayTLS.Failure.self) { try tls.reload() }
            #expect(try await get(url, trusting: certificates.authority) == "ok\n")
            try put(certificates.clientKey, key)
            try tls.reload()
            await #expect(throws: (any Error).self) { try await get(url, trusting: certificates.authority) }
            try put(certificates.server, certificate)
            try put(certificates.serverKey, key)
            try tls.reload()
            #expect(try await get(url, trusting: certificates.authority) == "ok\n")
        }
    }

    @Test func `Files that are of no use are named`() throws {
        let directory = try TemporaryDirectory("gateway-tls")
        defer { directory.remove() }
        let file = directory.path + "/not.pem"
        try "nonsense".write(toFile: file, atomically: true, encoding: .utf8)
        for path in [file, directory.path + "/absent.pem"] {
            let failure = #expect(throws: GatewayTLS.Failure.self) { try GatewayTLS(certificate: path, key: path) }
            #expect(failure?.description.contains(path) == true)
        }
    }
}
