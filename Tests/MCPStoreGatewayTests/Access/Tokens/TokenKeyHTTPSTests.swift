import Foundation
import MCPStore
import TestSupport
import Testing

@testable import MCPStoreGateway

/// Keys of tokens that are fetched over https from a real server.
struct TokenKeyHTTPSTests {
    /// Serves a folder; the handshake of one client is no matter of the others.
    private static let server = """
        import functools, http.server, ssl, sys
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print("PORT", server.server_address[1], flush=True)
        server.serve_forever()
        """

    @Test func `Keys come from a server that the named authority vouches for, and from no other`() async throws {
        let certificates = try await TestCertificates.shared()
        let directory = try TemporaryDirectory("jwks")
        defer { directory.remove() }
        let maker = try TokenMaker()
        try Data(maker.jwks().description.utf8).write(to: URL(filePath: directory.path + "/jwks.json"))
        let server = try ChildProcess.start(
            ["/usr/bin/env", "python3", "-c", Self.server, directory.path, certificates.server, certificates.serverKey],
            environment: ["PYTHONUNBUFFERED": "1"]
        )
        do {
            let line = try await server.line(startingWith: "PORT ", within: .seconds(60))
            let url = "https://127.0.0.1:\(line.dropFirst(5))/jwks.json"
            let place = try TokenKeyPlace(url)
            let known = place.source(authority: certificates.authority, logger: LogRecorder().logger)
            #expect(await known.read() == nil)
            #expect(try await known.keys(for: .edDSA, id: "EdDSA").count == 1)
            // Neither another authority nor those of this machine vouch for it.
            for authority in [certificates.strangeAuthority, nil] {
                let strange = place.source(authority: authority, logger: LogRecorder().logger)
                #expect(await strange.read() != nil)
                await #expect { try await strange.keys(for: .edDSA, id: "EdDSA") } throws: { ($0 as? Problem)?.status == 503 }
            }
            await server.stop()
        } catch {
            await server.stop()
            throw error
        }
    }
}
