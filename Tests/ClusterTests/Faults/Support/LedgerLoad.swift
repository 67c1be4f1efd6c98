import MCPStore
import Synchronization

/// Callers that call the recording tools one call after another, each call with an id of its own, until they are told to end:
/// what every caller was told can be compared with what the tools wrote down.
final class LedgerLoad: Sendable {
    /// What a run came to.
    struct Account: CustomStringConvertible {
        var calls = 0
        /// By the kind of outcome, or the code of the error.
        var endings: [String: Int] = [:]
        /// Calls that were accepted and of which nothing is known any more.
        var lost: [CallBatch.Ending] = []
        /// Destructive calls that were started more than once.
        var startedTwice: [String] = []
        /// Destructive calls that were started although their callers were told that they did not run.
        var startedUntold: [CallBatch.Ending] = []
        /// Calls that were answered `ok` and never ran.
        var neverRan: [CallBatch.Ending] = []
        /// Read-only and idempotent calls that were started more than once, which is allowed.
        var runAgain = 0

        var description: String {
            "\(self.calls) calls \(self.endings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }), lost \(self.lost.count), "
                + "destructive started twice \(self.startedTwice.count), started though told otherwise \(self.startedUntold.count), "
                + "ok and never ran \(self.neverRan.count), read-only run again \(self.runAgain)"
        }
    }

    private struct State {
        var isEnding = false
        var endings: [CallBatch.Ending] = []
    }

    private static let kinds = ["destructive", "destructive", "readonly", "idempotent"]

    private let state = Mutex(State())
    private let callers = Mutex<[Task<Void, Never>]>([])

    init(in context: StoreContext, callers: Int, timeout: Duration) {
        let tasks = (0..<callers).map { number in
            Task {
                var turn = 0
                while !self.state.withLock({ $0.isEnding }) {
                    turn += 1
                    var call = CallBatch.Call.record(
                        Self.kinds[(number + turn) % Self.kinds.count],
                        "\(number)-\(turn)",
                        milliseconds: turn % 5 * 5
                    )
                    call.timeout = timeout
                    let ending = await CallBatch.run(call, in: context)
                    self.state.withLock { state in
                        state.endings.append(ending)
                        if ending.outcome == "closed" { state.isEnding = true }
                    }
                }
            }
        }
        self.callers.withLock { $0 = tasks }
    }

    /// Calls that were answered `ok` so far.
    var answered: Int { self.state.withLock { $0.endings.count { $0.outcome == "ok" } } }

    /// Lets the calls that are in flight end; starts no more.
    func end() async -> [CallBatch.Ending] {
        self.state.withLock { $0.isEnding = true }
        for caller in self.callers.withLock({ $0 }) { await caller.value }
        return self.state.withLock { $0.endings }
    }

    /// Compares what callers were told with what was started.
    static func account(_ endings: [CallBatch.Ending], _ log: ExecutionLog) throws -> Account {
        let starts = try log.starts()
        var account = Account()
        account.calls = endings.count
        account.endings = endings.outcomes
        for ending in endings {
            let count = starts[ending.call.id, default: 0]
            let isDestructive = ending.call.tool == "record_destructive"
            if ending.outcome == "unknown" { account.lost.append(ending) }
            if ending.outcome == "ok", count == 0 { account.neverRan.append(ending) }
            if isDestructive, count > 1 { account.startedTwice.append(ending.call.id) }
            if isDestructive, count > 0, ending.outcome == "notAccepted" { account.startedUntold.append(ending) }
            if !isDestructive, count > 1 { account.runAgain += 1 }
        }
        return account
    }
}
