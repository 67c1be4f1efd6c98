import MCPStore
import Synchronization

/// Callers that call `echo` and `sleep`, one call after another, until they are told to end.
final class EndlessLoad: Sendable {
    private struct State {
        var isEnding = false
        var endings: [CallBatch.Ending] = []
    }

    private let state = Mutex(State())
    private let callers = Mutex<[Task<Void, Never>]>([])

    /// - Parameter timeout: the deadline of each call.
    init(in context: StoreContext, callers: Int, timeout: Duration = .seconds(20), service: String? = nil) {
        let tasks = (0..<callers).map { number in
            Task {
                var turn = number
                while !self.state.withLock({ $0.isEnding }) {
                    turn += 1
                    let call: CallBatch.Call =
                        turn % 4 == 0
                        ? .init(tool: "sleep", id: "\(number)", arguments: ["ms": 20], timeout: timeout, service: service)
                        : .init(
                            tool: "echo",
                            id: "\(number)",
                            arguments: ["text": .string("\(turn)")],
                            timeout: timeout,
                            service: service
                        )
                    let ending = await CallBatch.run(call, in: context)
                    self.state.withLock { state in
                        state.endings.append(ending)
                        // The test has failed and its store is closed: nobody will end this load.
                        if ending.outcome == "closed" { state.isEnding = true }
                    }
                }
            }
        }
        self.callers.withLock { $0 = tasks }
    }

    /// Calls that have ended so far.
    var count: Int { self.state.withLock { $0.endings.count } }
    /// How they ended.
    var endings: [CallBatch.Ending] { self.state.withLock { $0.endings } }

    /// Lets the calls that are in flight end; starts no more.
    func end() async -> [CallBatch.Ending] {
        self.state.withLock { $0.isEnding = true }
        for caller in self.callers.withLock({ $0 }) { await caller.value }
        return self.endings
    }
}
