import Glibc
import MCPStore
import TestSupport
import Testing

/// S13: the invariants I1 to I3 in memory, with servers that die under load.
@Suite(.timeLimit(.minutes(3))) struct MemoryFaultTests {
    @Test func `S13: servers die under load, every call has one outcome, stats equal them, and nothing runs twice`() async throws
    {
        try await withMemoryStore { fixture in
            try await fixture.add(concurrency: 8)
            let context = fixture.context
            let calls = 240
            let results = Task {
                await withTaskGroup(of: (Bool, String).self) { group in
                    for number in 0..<calls {
                        group.addTask {
                            let isHarmless = number.isMultiple(of: 2)
                            let tool = isHarmless ? "record_idempotent" : "record_destructive"
                            let code = await fixture.code { () throws(MCPStoreError) in
                                let id: JSONValue = .string("\(number)")
                                _ = try await context.callTool(tool, ["id": id, "ms": 40], timeout: .seconds(120))
                            }
                            return (isHarmless, code?.description ?? "ok")
                        }
                    }
                    return await group.reduce(into: [String: [Bool: Int]]()) { $0[$1.1, default: [:]][$1.0, default: 0] += 1 }
                }
            }
            for round in 1...3 {
                #expect(try await fixture.waitForRecord("end", count: round * 30))
                // Whichever it is now; between two of them the question waits for the next.
                var process: pid_t = 0
                while process <= 0 { do { process = try await fixture.process() } catch { continue } }
                kill(process, SIGKILL)
            }
            let outcomes = await results.value
            #expect(Set(outcomes.keys).isSubset(of: ["ok", "interrupted"]))
            for (isHarmless, tool) in [(true, "record_idempotent"), (false, "record_destructive")] {
                let counted = outcomes.compactMapValues { $0[isHarmless] }
                #expect(counted.values.reduce(0, +) == calls / 2)
                #expect(try await context.toolStats(tool).outcomes == counted)
            }
            // Three deaths with at most eight calls each.
            #expect((outcomes["interrupted"]?[false] ?? 0) <= 24)
            let starts = try fixture.starts(of: "record_destructive")
            #expect(starts.values.allSatisfy { $0 == 1 })
            #expect(try await context.status().lanes.isEmpty)
        }
    }
}
