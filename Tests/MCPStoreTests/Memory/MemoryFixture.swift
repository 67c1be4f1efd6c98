import Foundation
import Glibc
import Logging
import TestSupport

@testable import MCPStore

/// A store in memory, and the toolserver as its MCP server.
struct MemoryFixture: Sendable {
    let store: MCPStore
    let directory: TemporaryDirectory

    var context: StoreContext { store.forStore() }
    /// Where the toolserver writes what it ran.
    var record: String { directory.path + "/record" }

    /// Adds the toolserver under a name, and waits until it answers.
    func add(_ name: String = "tools", _ arguments: [String] = [], concurrency: Int? = nil) async throws {
        try await context.addService(["mcpServers": [name: entry(arguments, concurrency: concurrency)]])
        try await context.waitService(name, timeout: .seconds(60))
    }

    func entry(_ arguments: [String] = [], concurrency: Int? = nil) -> JSONValue {
        var entry: [String: JSONValue] = [
            "command": .string(BuiltProduct.path(of: "toolserver")),
            "args": .array((["--record", record] + arguments).map { .string($0) }),
        ]
        if let concurrency { entry["concurrency"] = .integer(concurrency) }
        return .object(entry)
    }

    /// How often the record says this of executions.
    func recorded(_ event: String) throws -> Int { try lines().count { $0["event"]?.stringValue == event } }

    /// How often each id was started.
    func starts(of tool: String) throws -> [String: Int] {
        let started = try lines().filter { $0["event"]?.stringValue == "start" && $0["tool"]?.stringValue == tool }
        return Dictionary(started.map { ($0["id"]?.stringValue ?? "", 1) }, uniquingKeysWith: +)
    }

    private func lines() throws -> [JSONValue] {
        guard let bytes = FileManager.default.contents(atPath: record) else { return [] }
        // The last line may be half written.
        return try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map {
            try JSONValue(parsing: Data($0))
        }
    }

    /// Waits for what only the record tells. The deadline is a bound of failure only.
    func waitForRecord(_ event: String, count: Int = 1) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end {
            if try recorded(event) >= count { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// The process of the service's server.
    func process(of name: String = "tools") async throws -> pid_t {
        pid_t(try await context.useTool("pid", service: name).text) ?? 0
    }

    func code(_ call: () async throws(MCPStoreError) -> Void) async -> MCPStoreError.Code? {
        do {
            try await call()
            return nil
        } catch {
            return error.code
        }
    }
}

/// Runs `body` with a store in memory and closes it. No Redis is anywhere.
func withMemoryStore<R>(_ body: (MemoryFixture) async throws -> R) async throws -> R {
    let directory = try TemporaryDirectory("memory")
    defer { directory.remove() }
    let fixture = MemoryFixture(store: try await MCPStore.setup(logger: .silent), directory: directory)
    do {
        let result = try await body(fixture)
        await fixture.store.close()
        return result
    } catch {
        await fixture.store.close()
        throw error
    }
}
