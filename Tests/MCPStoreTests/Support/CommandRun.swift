import Foundation
import MCPStore
import TestSupport

/// One run of the built `mcpstore`, to its end: what it wrote where, and how it ended.
struct CommandRun: Sendable {
    let status: ExitStatus
    let out: String
    let err: String

    var errorLines: [String] { err.split(separator: "\n").map(String.init) }
    var json: String { out }

    /// - Parameters:
    ///   - environment: All of `MCPSTORE_…` that it sees.
    ///   - input: Its standard input.
    static func run(_ arguments: [String], environment: [String: String] = [:], input: String? = nil) async throws -> CommandRun {
        let process = try CommandProcess(arguments, environment: environment, input: input)
        return try await process.end()
    }
}

/// A running `mcpstore`, for tests that send it signals.
final class CommandProcess: Sendable {
    private let directory: TemporaryDirectory
    private let child: ChildProcess

    init(_ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws {
        directory = try TemporaryDirectory("command")
        let path = directory.path
        try (input ?? "").write(toFile: path + "/in", atomically: false, encoding: .utf8)
        let inherited = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("MCPSTORE_") }
        // `exec` keeps the process id, so that signals reach the program itself.
        child = try ChildProcess.start(
            ["/usr/bin/env"] + inherited.flatMap { ["-u", $0] } + environment.map { "\($0.key)=\($0.value)" }
                + [
                    "/bin/sh", "-c", "exec \"$@\" <\(path)/in >\(path)/out 2>\(path)/err", "sh",
                    BuiltProduct.path(of: "mcpstore"),
                ] + arguments
        )
    }

    func signal(_ number: Int32) { child.signal(number) }

    func end() async throws -> CommandRun {
        let status = try await child.exit(within: .seconds(60))
        let read = { (name: String) throws in try String(contentsOfFile: self.directory.path + "/" + name, encoding: .utf8) }
        let run = CommandRun(status: status, out: try read("out"), err: try read("err"))
        directory.remove()
        return run
    }
}

extension StoreFixture {
    /// The environment in which `mcpstore` meets this store.
    var environment: [String: String] {
        [
            "MCPSTORE_REDIS_URL": options.url, "MCPSTORE_NAMESPACE": options.namespace, "MCPSTORE_DATASPACE": options.dataspace,
            "MCPSTORE_CLUSTER": options.cluster, "MCPSTORE_SOCKET_TIMEOUT": "10",
        ]
    }

    /// Runs `mcpstore` in this store's space.
    func command(_ arguments: String..., input: String? = nil) async throws -> CommandRun {
        try await CommandRun.run(arguments, environment: environment, input: input)
    }
}
