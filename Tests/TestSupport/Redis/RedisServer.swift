import Foundation
import Glibc
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A private `redis-server` (from the PATH) on a free port of the loopback interface, for one test or shared by a process.
///
///     try await withRedisServer { server in
///         let configuration = try server.configuration()
///         …
///     }
///
/// It keeps its files in a temporary directory of its own and never outlives the test process. Tests that need nothing but
/// keys use ``shared()`` and a key prefix of their own.
package final class RedisServer: Sendable {
    /// How a server is set up.
    package struct Options: Sendable {
        /// `requirepass`.
        package var password: String?
        /// Further ACL users, as `ACL SETUSER` rules, such as `"app on >secret ~* +@all"`.
        package var users: [String] = []
        /// Serves TLS on ``RedisServer/tlsPort`` with ``RedisServer/certificates``, beside the plain port.
        package var tls = false
        /// With TLS: asks clients for a certificate.
        package var requiresClientCertificate = false
        /// An append-only file, synced always: nothing that was confirmed is lost when the server is killed.
        package var appendOnly = false
        /// More arguments of `redis-server`, such as `["--maxclients", "3"]`.
        package var arguments: [String] = []

        /// The defaults: no password, no TLS, nothing is written to disk.
        package init() {}
    }

    /// The plain port.
    package let port: Int
    /// The TLS port; 0 without TLS.
    package let tlsPort: Int
    /// The server's own directory.
    package let directory: TemporaryDirectory
    /// What TLS uses; `nil` without TLS.
    package let certificates: TestCertificates?
    /// How the server is set up.
    package let options: Options

    private let child = NIOLockedValueBox<ServerProcess?>(nil)
    /// The port of the master of which it is started as a replica.
    private let masterPort = NIOLockedValueBox<Int?>(nil)

    private init(port: Int, tlsPort: Int, directory: TemporaryDirectory, certificates: TestCertificates?, options: Options) {
        self.port = port
        self.tlsPort = tlsPort
        self.directory = directory
        self.certificates = certificates
        self.options = options
    }

    /// The path of the server's Unix socket.
    package var socketPath: String { self.directory.path + "/redis.sock" }

    /// The URL of the plain port, with the password of the options.
    package var url: String {
        "redis://\(self.options.password.map { ":\($0)@" } ?? "")127.0.0.1:\(self.port)"
    }

    /// A configuration for the plain port.
    package func configuration(socketTimeout: Duration = .seconds(2)) throws -> RedisConfiguration {
        try RedisConfiguration(url: self.url, socketTimeout: socketTimeout)
    }

    /// Starts a server and waits until it accepts connections.
    /// - Parameter master: the port of the master of which it is a replica.
    package static func start(_ options: Options = Options(), replicaOf master: Int? = nil) async throws -> RedisServer {
        let directory = try TemporaryDirectory("redis")
        let certificates = options.tls ? try await TestCertificates.shared() : nil
        var attempts = 0
        while true {
            // Another process may take a port between our look at it and the server's bind.
            let server = RedisServer(
                port: try freePort(),
                tlsPort: options.tls ? try freePort() : 0,
                directory: directory,
                certificates: certificates,
                options: options
            )
            server.masterPort.withLockedValue { $0 = master }
            do {
                try await server.launch()
                return server
            } catch let failure as ServerProcess.Failure {
                attempts += 1
                guard attempts < 3, failure.description.contains("Address already in use") else { throw failure }
            }
        }
    }

    private func launch() async throws {
        let child = try await ServerProcess.start(self.commandLine)
        self.child.withLockedValue { $0 = child }
        // Version 7 says it once for all ports; with TLS there is one line for each.
        guard await child.waitForOutput(containing: "Ready to accept connections") else {
            await child.wait()
            throw ServerProcess.Failure(description: "redis-server did not start: \(child.outputText)")
        }
        if !self.options.users.isEmpty { try await self.addUsers() }
    }

    private var commandLine: [String] {
        var line = ["redis-server", "--bind", "127.0.0.1", "--port", "\(self.port)", "--dir", self.directory.path]
        line += ["--save", "", "--unixsocket", self.socketPath, "--logfile", ""]
        line += ["--appendonly", self.options.appendOnly ? "yes" : "no", "--appendfsync", "always"]
        if let password = self.options.password { line += ["--requirepass", password] }
        if let certificates = self.certificates {
            line += ["--tls-port", "\(self.tlsPort)", "--tls-ca-cert-file", certificates.authority]
            line += ["--tls-cert-file", certificates.server, "--tls-key-file", certificates.serverKey]
            line += ["--tls-auth-clients", self.options.requiresClientCertificate ? "yes" : "no"]
        }
        if let master = self.masterPort.withLockedValue({ $0 }) { line += ["--replicaof", "127.0.0.1", "\(master)"] }
        return line + self.options.arguments
    }

    /// ACL rules hold `>` and `~`, which a command line cannot carry as they are; they go in over a connection.
    private func addUsers() async throws {
        for rule in self.options.users {
            let words = ["acl", "setuser"] + rule.split(separator: " ").map(String.init)
            let login = self.options.password.map { ["--no-auth-warning", "-a", $0] } ?? []
            try await ServerProcess.run(["redis-cli", "-e", "-p", "\(self.port)"] + login + words)
        }
    }

    /// Stops the server in good order; its files stay for ``restart()``.
    package func stop() async {
        await self.end(with: SIGTERM)
    }

    /// Ends the server as a crash does.
    package func kill() async {
        await self.end(with: SIGKILL)
    }

    private func end(with signal: Int32) async {
        guard let child = self.child.withLockedValue({ $0.take() }) else { return }
        child.signal(signal)
        child.signal(SIGCONT)
        await child.wait()
    }

    /// Stops the server if it runs, and starts it with the same ports, directory and options.
    /// - Parameter master: the port of the master of which it is a replica from now on.
    package func restart(replicaOf master: Int? = nil) async throws {
        await self.stop()
        self.masterPort.withLockedValue { $0 = master }
        try await self.launch()
    }

    /// Freezes the server (SIGSTOP): connections stay open and nothing is answered.
    package func pause() {
        guard let child = self.child.withLockedValue({ $0 }) else { return }
        child.signal(SIGSTOP)
        // On a busy machine the signal takes its time, in which the server could still answer.
        let end = ContinuousClock.now + .seconds(5)
        while !ProcessTable.isStopped(child.processID), ContinuousClock.now < end { sched_yield() }
    }

    /// Lets a frozen server go on (SIGCONT).
    package func resume() {
        self.child.withLockedValue { $0 }?.signal(SIGCONT)
    }

    /// The server's process; `nil` while it is stopped.
    package var processIdentifier: pid_t? { self.child.withLockedValue { $0 }?.processID }

    /// Whether its process is there; it may also have ended by itself.
    package var isRunning: Bool { self.processIdentifier.map(ProcessTable.isRunning) ?? false }

    /// What the server has logged since its last start, for the message of a failing test.
    package var log: String { self.child.withLockedValue { $0 }?.outputText ?? "" }

    private static let sharedServer = Task { try await RedisServer.start() }

    /// The one server that all tests of the process share. It holds the keys of others: use a prefix of your own, never stop
    /// it, never flush it.
    package static func shared() async throws -> RedisServer {
        try await Self.sharedServer.value
    }
}

/// Runs `body` with a server of its own and stops the server afterwards.
package func withRedisServer<R>(
    _ options: RedisServer.Options = .init(),
    _ body: (RedisServer) async throws -> R
) async throws -> R {
    let server = try await RedisServer.start(options)
    do {
        let result = try await body(server)
        await server.kill()
        server.directory.remove()
        return result
    } catch {
        await server.kill()
        server.directory.remove()
        throw error
    }
}
