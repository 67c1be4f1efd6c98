import Foundation
import MCPStore
import TestSupport
import Testing

/// Workers that start only what an operator signed.
struct SignedServiceTests {
    @Test func `A worker starts what was signed with openssl's key, and says why it does not start the rest`() async throws {
        let directory = try TemporaryDirectory("signed")
        defer { directory.remove() }
        let (key, published) = (directory.path + "/operator.pem", directory.path + "/operator.pub")
        for words in [
            ["openssl", "genpkey", "-algorithm", "ed25519", "-out", key],
            ["openssl", "pkey", "-in", key, "-pubout", "-out", published],
        ] {
            let openssl = try ChildProcess.start(["/usr/bin/env"] + words)
            #expect(try await openssl.exit(within: .seconds(60)) == .exited(0), "\(openssl.output)")
        }
        let options = ClusterFixture.Options(workers: 1, workerArguments: ["--policy", "signed", "--trust", published])
        try await withCluster(options) { cluster in
            let entry: JSONValue = ["command": .string(BuiltProduct.path(of: "toolserver")), "args": []]
            let file = directory.path + "/services.json"
            let services = JSONValue.object(["mcpServers": ["plain": entry]])
            try services.description.write(toFile: file, atomically: true, encoding: .utf8)
            let signed = try await cluster.command("service", "sign", file, "--key", key, "--spaces", "default:*")
            #expect(signed.status == 0, "\(signed)")
            let value = try signed.json()["mcpServers"]?["plain"]
            #expect(value?["signature"]?["spaces"] == "default:*", "\(signed)")
            let good = JSONValue.object(["mcpServers": ["good": value ?? .null]]).description
            #expect(try await cluster.command("service", "add", "--from", "-", input: good).status == 0)
            let ready = try await cluster.command("service", "wait", "good", "--timeout", "90s", within: .seconds(120))
            #expect(ready.status == 0, "\(ready)")

            #expect(try await cluster.command("service", "add", "--from", file).status == 0)
            try await eventually("the reason is said", within: .seconds(90)) {
                let shown = try await cluster.command("service", "show", "plain")
                return shown.output.contains("bears no signature")
            }
        }
    }
}
