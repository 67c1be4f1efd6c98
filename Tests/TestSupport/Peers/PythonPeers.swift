import Foundation
import Synchronization

/// The private Python environments of the tests: MCP servers and clients that are not ours.
///
/// They are made once per machine, by the script `Scripts/prepare`, which many test processes may run at once; the first
/// makes them and the others wait. `Tests/run` has them made beside the build.
package enum PythonPeers {
    package enum Environment: String, Sendable, CaseIterable {
        /// `mcp` 2.3, `fastmcp` 4, `mcp-server-time`, `mcp-server-git`: revision 2026-07-28 and the ones before.
        case modern
        /// `mcp` 1.30, `mcp-proxy`: revisions up to 2025-11-25.
        case legacy
    }

    /// The path of the program `name` (such as `python` or `mcp-server-time`) in `environment`, which is made if need be.
    ///
    /// Returns nil, having printed `SKIPPED: …` with the reason, when the package index cannot be reached.
    /// - Throws: ``PeerError`` when the environment cannot be made for any other reason.
    package static func program(_ name: String, in environment: Environment) async throws -> String? {
        guard let directory = try await self.directory(of: environment) else { return nil }
        return "\(directory)/bin/\(name)"
    }

    /// Where the scripts beside this file are.
    package static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts").path

    private static let made = Mutex<[Environment: Task<String?, any Error>]>([:])

    private static func directory(of environment: Environment) async throws -> String? {
        let making = self.made.withLock { made in
            if let making = made[environment] { return making }
            let making = Task { try await self.prepare(environment) }
            made[environment] = making
            return making
        }
        return try await making.value
    }

    private static func prepare(_ environment: Environment) async throws -> String? {
        let process = try ChildProcess.start([self.scripts + "/prepare", environment.rawValue])
        let status = try await process.exit(within: .seconds(600))
        let lines = process.output.split(separator: "\n").map(String.init)
        switch status {
        case .exited(0):
            guard let directory = lines.last else { throw PeerError("prepare \(environment) printed no directory") }
            return directory
        case .exited(75):
            print(lines.last ?? "SKIPPED: Python peers (\(environment)): the package index cannot be reached")
            return nil
        default:
            throw PeerError("prepare \(environment) ended with \(status):\n\(process.output)")
        }
    }
}
