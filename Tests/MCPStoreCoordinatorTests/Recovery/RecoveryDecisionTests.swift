import MCPStoreQueue
import Testing

@testable import MCPStoreCoordinator

@Suite struct RecoveryDecisionTests {
    enum Expected: Sendable {
        case moved(attempt: Int, deaths: Int)
        case ended(OutcomeKind, dead: Bool)
    }

    struct Case: Sendable {
        var again: Bool
        var deaths: Int
        var isLate: Bool
        var expected: Expected
    }

    /// Every combination of what decides, with three deaths allowed.
    static let cases: [Case] = [
        Case(again: true, deaths: 0, isLate: false, expected: .moved(attempt: 2, deaths: 1)),
        Case(again: true, deaths: 1, isLate: false, expected: .moved(attempt: 3, deaths: 2)),
        Case(again: true, deaths: 2, isLate: false, expected: .ended(.interrupted, dead: true)),
        Case(again: true, deaths: 7, isLate: false, expected: .ended(.interrupted, dead: true)),
        Case(again: false, deaths: 0, isLate: false, expected: .ended(.interrupted, dead: false)),
        Case(again: false, deaths: 2, isLate: false, expected: .ended(.interrupted, dead: false)),
        Case(again: true, deaths: 0, isLate: true, expected: .ended(.timedOut, dead: false)),
        Case(again: true, deaths: 2, isLate: true, expected: .ended(.timedOut, dead: false)),
        Case(again: false, deaths: 0, isLate: true, expected: .ended(.timedOut, dead: false)),
    ]

    @Test(arguments: cases) func `each kind of job has its one end`(_ example: Case) throws {
        let delivery = try Samples.delivery(again: example.again, attempt: example.deaths + 1, deaths: example.deaths)
        // Its deadline is at 1,060,000 ms.
        let now = (example.isLate ? 1_060_000 : 1_059_999) * 1000
        let action = RecoveryDecision.action(for: delivery, worker: "w-x", delivered: nil, now: now, maxDeaths: 3)
        switch (action, example.expected) {
        case (.move(let reason, let attempt, let deaths), .moved(let expectedAttempt, let expectedDeaths)):
            #expect(attempt == expectedAttempt)
            #expect(deaths == expectedDeaths)
            #expect(reason == "worker w-x died")
        case (.end(let outcome, let copyToDead), .ended(let kind, let dead)):
            #expect(outcome.kind == kind)
            #expect(copyToDead == dead)
            #expect(outcome.worker == "w-x")
            #expect(outcome.attempt == example.deaths + 1)
            let reason = Reason(payload: outcome.payload)
            #expect(reason.phase == "running")
            #expect(reason.worker == "w-x")
            // Who may not be run again is told that it may have happened.
            #expect(reason.message.contains("may have taken effect") == !example.again)
            #expect(reason.message.contains("poison") == dead)
        default:
            Issue.record("\(action) instead of \(example.expected)")
        }
    }

    @Test(arguments: [false, true])
    func `what waited on the worker and was not started is run, whatever it does`(again: Bool) throws {
        let delivery = try Samples.delivery(again: again, attempt: 2, deaths: 1)
        func action(_ now: Int) -> Settlement.Action {
            RecoveryDecision.action(for: delivery, worker: "w-x", isStarted: false, delivered: nil, now: now, maxDeaths: 1)
        }
        guard case .move(let reason, attempt: 2, deaths: 1) = action(1_059_999_000) else {
            Issue.record("\(action(1_059_999_000))")
            return
        }
        #expect(reason == "worker w-x died before it started the call")
        guard case .end(let outcome, copyToDead: false) = action(1_060_000_000) else {
            Issue.record("\(action(1_060_000_000))")
            return
        }
        #expect(outcome.kind == .timedOut)
        #expect(Reason(payload: outcome.payload).message.contains("was not started"))
    }

    @Test func `the reason says when it was delivered, where that is known`() throws {
        let delivery = try Samples.delivery(again: false)
        let action = RecoveryDecision.action(
            for: delivery,
            worker: "w-x",
            delivered: 1_000_500_000,
            now: 1_001_000_000,
            maxDeaths: 3
        )
        guard case .end(let outcome, _) = action else {
            Issue.record("\(action)")
            return
        }
        #expect(
            Reason(payload: outcome.payload).message
                == "worker w-x died while it ran the call (delivered at 1970-01-01T00:16:40.500Z); it may have taken effect and was not run again"
        )
    }

    @Test func `with one death allowed nothing is run again`() throws {
        let delivery = try Samples.delivery(again: true)
        let action = RecoveryDecision.action(for: delivery, worker: "w-x", delivered: nil, now: 0, maxDeaths: 1)
        guard case .end(let outcome, let copyToDead) = action else {
            Issue.record("\(action)")
            return
        }
        #expect(outcome.kind == .interrupted)
        #expect(copyToDead)
    }
}
