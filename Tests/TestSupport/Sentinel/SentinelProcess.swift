import Foundation
import Glibc
import MCPStoreRedis
import NIOConcurrencyHelpers

/// A `redis-server --sentinel` on a free port of the loopback interface.
package final class SentinelProcess: Sendable {
    package let port: Int
    private let password: String?
    private let directory: TemporaryDirectory
    private let child: ServerProcess

    private init(port: Int, password: String?, directory: TemporaryDirectory, child: ServerProcess) {
        self.port = port
        self.password = password
        self.directory = directory
        self.child = child
    }

    /// Starts one that watches the master at `masterPort`.
    static func start(watching masterPort: Int, as name: String, _ options: SentinelSetup.Options) async throws -> SentinelProcess
    {
        let directory = try TemporaryDirectory("sentinel")
        var attempts = 0
        while true {
            // Another process may take a port between our look at it and the bind.
            let port = try freePort()
            var lines = [
                "port \(port)", "bind 127.0.0.1", "dir \(directory.path)", "logfile \"\"",
                "sentinel monitor \(name) 127.0.0.1 \(masterPort) \(options.sentinels / 2 + 1)",
                "sentinel down-after-milliseconds \(name) \(options.downAfter)",
                "sentinel failover-timeout \(name) 5000", "sentinel parallel-syncs \(name) \(options.replicas)",
            ]
            if let password = options.password { lines.append("sentinel auth-pass \(name) \(password)") }
            if let password = options.sentinelPassword { lines.append("requirepass \(password)") }
            let file = directory.path + "/sentinel-\(port).conf"
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: file))
            let child = try await ServerProcess.start(["redis-server", file, "--sentinel"])
            if await child.waitForOutput(containing: "+monitor master") {
                return SentinelProcess(port: port, password: options.sentinelPassword, directory: directory, child: child)
            }
            await child.wait()
            attempts += 1
            guard attempts < 3, child.outputText.contains("Address already in use") else {
                throw ServerProcess.Failure(description: "redis-server --sentinel did not start: \(child.outputText)")
            }
        }
    }

    /// Ends it as a crash does.
    package func kill() async {
        self.child.signal(SIGKILL)
        self.child.signal(SIGCONT)
        await self.child.wait()
        self.directory.remove()
    }

    /// Freezes it (SIGSTOP): it accepts connections and answers nothing.
    package func pause() { self.child.signal(SIGSTOP) }

    /// Lets it go on (SIGCONT).
    package func resume() { self.child.signal(SIGCONT) }

    /// What it has logged.
    package var log: String { self.child.outputText }

    /// What it knows of the master: the fields of `SENTINEL MASTER`; empty where it does not answer.
    package func view() async throws -> [String: String] {
        let reply = try await self.ask(RedisCommand("SENTINEL", "MASTER", SentinelSetup.masterName))
        let words = reply?.array?.map { $0.string ?? "" } ?? []
        return Dictionary(
            stride(from: 0, to: words.count - 1, by: 2).map { (words[$0], words[$0 + 1]) },
            uniquingKeysWith: { $1 }
        )
    }

    /// The port of the master that it names; nil where it does not answer.
    package func masterPort() async throws -> Int? {
        try await self.ask(RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SentinelSetup.masterName))?.array?[1].integer
    }

    private func ask(_ command: RedisCommand) async throws -> RESPReply? {
        let login = self.password.map { ":\($0)@" } ?? ""
        let configuration = try RedisConfiguration(url: "redis://\(login)127.0.0.1:\(self.port)", socketTimeout: .seconds(1))
        return try await withRedisClient(configuration) { client in
            do { return try await client.execute(command) } catch { return nil }
        }
    }
}
