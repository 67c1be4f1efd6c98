import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import MCPStore

/// S14: Redis that comes and goes under load: one outcome a call, and what has effects runs at most once.
@Suite(.serialized, .timeLimit(.minutes(4))) struct FallbackLoadTests {
    /// Calls from several tasks until it is stopped, each with an id of its own.
    private final class Load: Sendable {
        struct Result: Sendable {
            var id: String
            var isDestructive: Bool
            /// `ok`, or the error's code.
            var outcome: String
            var message: String
        }

        private let results = NIOLockedValueBox<[Result]>([])
        private let isStopped = NIOLockedValueBox(false)
        private let tasks: [Task<Void, Never>]

        init(_ context: StoreContext, callers: Int = 6) {
            let (results, isStopped) = (results, isStopped)
            tasks = (0..<callers).map { caller in
                Task {
                    var number = 0
                    while !isStopped.withLockedValue({ $0 }) {
                        number += 1
                        let isDestructive = (caller + number).isMultiple(of: 2)
                        let id = "\(caller)-\(number)"
                        var result = Result(id: id, isDestructive: isDestructive, outcome: "ok", message: "")
                        do throws(MCPStoreError) {
                            let tool = isDestructive ? "record_destructive" : "record_idempotent"
                            let arguments: JSONValue = ["id": .string(id), "ms": 15]
                            let text = try await context.callTool(tool, arguments, timeout: .seconds(8)).text
                            if text != "recorded \(id)" { result.outcome = "wrong: \(text)" }
                        } catch {
                            result.outcome = error.code.description
                            result.message = error.message
                        }
                        results.withLockedValue { $0.append(result) }
                    }
                }
            }
        }

        var count: Int { results.withLockedValue { $0.count } }

        func stop() async -> [Result] {
            isStopped.withLockedValue { $0 = true }
            for task in tasks { await task.value }
            return results.withLockedValue { $0 }
        }
    }

    private func starts(_ fixture: FallbackFixture) throws -> [String: Int] {
        let bytes = FileManager.default.contents(atPath: fixture.record) ?? Data()
        var starts: [String: Int] = [:]
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let value = try JSONValue(parsing: Data(line))
            guard value["event"]?.stringValue == "start", let id = value["id"]?.stringValue else { continue }
            starts[id, default: 0] += 1
        }
        return starts
    }

    private func check(_ results: [Load.Result], _ fixture: FallbackFixture) throws {
        let starts = try starts(fixture)
        #expect(Set(results.map(\.id)).count == results.count)
        for result in results {
            let count = starts[result.id] ?? 0
            if result.isDestructive { #expect(count <= 1, "\(result) ran \(count) times") }
            if result.outcome == "ok" { #expect(count >= 1, "\(result) did not run") }
            if result.outcome == "notAccepted" { #expect(count == 0, "\(result) ran") }
            // Only what may be in Redis, and may not run twice, has no certain end.
            let allowed: Set<String> = result.isDestructive ? ["ok", "unknown", "timedOut"] : ["ok"]
            #expect(allowed.contains(result.outcome), "\(result)")
        }
    }

    @Test func `S14: ten kills and restarts under load`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("tools")
            let load = Load(fixture.context)
            var losses = 0
            for round in 0..<10 {
                let before = load.count
                try await fixture.eventually("calls are answered") { load.count > before + 10 }
                await fixture.server.kill()
                // Back at once, or after memory has taken over.
                if !round.isMultiple(of: 3) {
                    losses += 1
                    try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
                    let before = load.count
                    try await fixture.eventually("calls are answered in memory") { load.count > before + 10 }
                }
                try await fixture.server.restart()
                try await fixture.eventually("it uses Redis") { !fixture.store.usesMemory }
            }
            let results = await load.stop()
            try check(results, fixture)
            // Not that it is the same server: on a busy machine the worker's lease may run out in between, and it is given its
            // services anew.
            _ = try await fixture.process(of: "tools")
            let said = fixture.warnings.filter { $0.contains("goes on in memory") }.count
            #expect(said >= losses && said <= 10)
            #expect(fixture.warnings.count == said, "\(fixture.warnings)")
        }
    }

    @Test func `S14: Redis that freezes under load and goes on`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("tools")
            let load = Load(fixture.context)
            for _ in 0..<3 {
                let before = load.count
                try await fixture.eventually("calls are answered") { load.count > before + 10 }
                fixture.server.pause()
                try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
                let frozen = load.count
                try await fixture.eventually("calls are answered in memory") { load.count > frozen + 10 }
                fixture.server.resume()
                try await fixture.eventually("it uses Redis") { !fixture.store.usesMemory }
            }
            try check(await load.stop(), fixture)
            #expect(fixture.warnings.count == 3, "\(fixture.warnings)")
        }
    }
}
