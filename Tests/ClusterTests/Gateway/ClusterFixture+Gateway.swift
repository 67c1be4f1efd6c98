import Foundation
import MCPStore
import TestSupport

extension ClusterFixture {
    /// A running `mcpstore gateway`.
    struct GatewayProcess: Sendable {
        let process: ChildProcess
        /// Where it listens, such as `http://127.0.0.1:40123`.
        let url: String
    }

    /// Starts a gateway on a free port and waits until it listens and can be used.
    func startGateway(_ arguments: [String] = []) async throws -> GatewayProcess {
        let process = try ChildProcess.start(
            [BuiltProduct.path(of: "mcpstore"), "gateway", "--port", "0"] + arguments,
            environment: environment
        )
        do {
            let line = try await process.line(containing: "the gateway listens", within: .seconds(60))
            _ = try await process.line(containing: "the gateway is ready", within: .seconds(60))
            guard let url = line.split(separator: " ").first(where: { $0.hasPrefix("url=") }) else {
                throw PeerError("no url= in '\(line)'")
            }
            return GatewayProcess(process: process, url: String(url.dropFirst(4)))
        } catch {
            await process.stop()
            throw error
        }
    }

    /// Runs `body` with a gateway, and ends that afterwards.
    func withGateway<R>(_ arguments: [String] = [], _ body: (GatewayProcess) async throws -> R) async throws -> R {
        let gateway = try await startGateway(arguments)
        do {
            let result = try await body(gateway)
            await gateway.process.stop()
            return result
        } catch {
            await gateway.process.stop()
            throw error
        }
    }

    /// The command that posts `body` some times over one connection, and prints each answer as a line.
    static func post(_ url: String, _ body: String, _ headers: [String] = [], times: Int = 1) -> [String] {
        ["/usr/bin/env", "python3", "\(PythonPeers.scripts)/post.py", url, "\(times)", body] + headers
    }

    /// Runs a client script of the peers to its end.
    ///
    /// - Returns: What it saw; `nil` where there is no package index.
    func seen(
        by script: String,
        in python: PythonPeers.Environment,
        _ arguments: [String],
        environment more: [String: String] = [:]
    ) async throws -> JSONValue? {
        guard let program = try await PythonPeers.program("python", in: python) else { return nil }
        let client = try ChildProcess.start(
            [program, "\(PythonPeers.scripts)/\(script)"] + arguments,
            environment: ["PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"].merging(more) { $1 }
        )
        do {
            let line = try await client.line(startingWith: "SEEN ", within: .seconds(90))
            try await client.exit(within: .seconds(60))
            return try JSONValue(parsing: Data(line.dropFirst(5).utf8))
        } catch {
            await client.stop()
            throw error
        }
    }
}
