import NIOConcurrencyHelpers
import Testing

@testable import MCPStoreWorker

struct StartGateTests {
    @Test func `no more starts run at the same time than the limit, and all of them run`() async {
        let gate = StartGate(limit: 3)
        let now = NIOLockedValueBox((running: 0, most: 0, done: 0))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    await gate.pass {
                        now.withLockedValue { now in
                            now.running += 1
                            now.most = max(now.most, now.running)
                        }
                        for _ in 0..<20 { await Task.yield() }
                        now.withLockedValue { now in
                            now.running -= 1
                            now.done += 1
                        }
                    }
                }
            }
        }
        let end = now.withLockedValue { $0 }
        #expect(end.done == 40)
        #expect((1...3).contains(end.most))
    }

    @Test func `a start that fails gives its place back`() async throws {
        struct Failed: Error {}
        let gate = StartGate(limit: 1)
        for _ in 0..<3 {
            await #expect(throws: Failed.self) { try await gate.pass { throw Failed() } }
        }
        #expect(await gate.pass { 7 } == 7)
    }
}
