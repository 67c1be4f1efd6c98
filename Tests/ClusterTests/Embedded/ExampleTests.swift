import Foundation
import TestSupport
import Testing

/// The two examples of the seed as they are built, each alone with a bare Redis. Their programs are copied to where no
/// guardian lies beside them.
@Suite struct `Examples of the seed` {
    @Test func `S3: example 1 runs in one process against a bare Redis and prints what it promises`() async throws {
        try await withBareRedis { redis in
            let directory = try TemporaryDirectory("example")
            let file = "\(directory.path)/pid"
            let server = [
                "/usr/bin/env", "SEED_SERVER_PID_FILE=\(file)", "python3", "\(PythonPeers.scripts)/seed_server.py", "stdio",
            ]
            let lines = try await Self.run("HowToCook", server, redis, in: directory)
            #expect(
                lines == [
                    "服务状态: healthy", "已注册服务: [\"howtocook\"]", "可用工具: [\"getAllRecipes\"]", "调用结果: 番茄炒蛋, 红烧肉",
                ]
            )
            #expect(try await redis.keys() == [])
            let servers = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap { pid_t($0) }
            #expect(servers.count == 1)
            try await ProcessTable.waitUntilGone(Set(servers))
            directory.remove()
        }
    }

    @Test func `S3: example 2 runs in one process against a bare Redis and prints what it promises`() async throws {
        let server = try await PeerServer.start(["python3", "\(PythonPeers.scripts)/seed_server.py", "http"])
        try await withBareRedis { redis in
            let directory = try TemporaryDirectory("example")
            let lines = try await Self.run("Weather", [server.url], redis, in: directory)
            #expect(
                lines == [
                    "服务状态: healthy", "已注册服务: [\"weather\"]", "可用工具: [\"get_current_weather\"]", "调用结果: 北京: 晴, 21 °C",
                ]
            )
            #expect(try await redis.keys() == [])
            directory.remove()
        }
        await server.stop()
    }

    /// Runs a copy of an example to its end.
    /// - Returns: What it wrote to its standard output.
    private static func run(
        _ name: String,
        _ arguments: [String],
        _ redis: RedisServer,
        in directory: TemporaryDirectory
    ) async throws -> [String] {
        let program = "\(directory.path)/\(name)"
        try await copyProgram(name, to: program)
        let errors = "\(directory.path)/stderr"
        let shell = ["/bin/sh", "-c", #"exec "$@" 2>"$ERRORS""#, "sh", program]
        let process = try ChildProcess.start(
            shell + arguments,
            environment: ["MCPSTORE_REDIS_URL": redis.url, "ERRORS": errors]
        )
        let status = try await process.exit(within: .seconds(60))
        let said = try String(contentsOfFile: errors, encoding: .utf8)
        #expect(status == .exited(0), "\(said.suffix(2000))")
        return process.output.split(separator: "\n").map(String.init)
    }
}
