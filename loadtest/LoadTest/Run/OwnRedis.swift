import LocalProcess

/// A redis-server of the load tester's own, without persistence. It ends with this process at the latest.
struct OwnRedis: Sendable {
    private static let readyWithin = Duration.seconds(30)

    let url: String
    let address: FloorAddress
    private let process: GuardedProcess

    /// Starts it and waits until it answers.
    ///
    /// - Throws: ``LoadTestError`` where redis-server is not installed or does not answer.
    static func start() async throws -> OwnRedis {
        let port = try FreePort.find()
        guard let command = PrivateRedis.command(port: port) else {
            throw LoadTestError("redis-server is not installed: apt-get install redis-server, or use --redis URL")
        }
        let url = "redis://127.0.0.1:\(port)"
        let process = try GuardedProcess("redis-server", command, output: ProcessOutlet { _ in })
        let server = OwnRedis(url: url, address: try FloorAddress(url), process: process)
        do { try await server.waitUntilReady() } catch {
            await server.stop()
            throw error
        }
        return server
    }

    private func waitUntilReady() async throws {
        let end = ContinuousClock.now + Self.readyWithin
        while true {
            do {
                _ = try HiredisConnection(address).call("PING")
                return
            } catch {
                guard ContinuousClock.now < end else { throw LoadTestError("our own redis-server does not answer: \(error)") }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func stop() async {
        process.release()
        await process.waitUntilExit()
    }
}
