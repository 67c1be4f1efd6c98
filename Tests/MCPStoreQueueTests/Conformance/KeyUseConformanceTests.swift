import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import MCPStoreQueue

/// Idempotency keys that are no consent to run again: what batches use.
@Suite(.timeLimit(.minutes(5))) struct KeyUseConformanceTests {
    private func job(_ space: Conformer, _ caller: any JobQueue, _ use: KeyUse, _ parameters: String = "{}") -> Job {
        var job = caller.job(space.service, "echo", parameters, lane: .batch, timeout: 30_000)
        job.idempotency = "k"
        job.keyUse = use
        return job
    }

    private func counting(_ space: Conformer, _ kind: OutcomeKind, _ starts: NIOLockedValueBox<Int>) async throws {
        _ = try await space.worker { delivery in
            let number = starts.withLockedValue { starts in
                starts += 1
                return starts
            }
            #expect(!delivery.job.mayRunAgain || number > 1)
            return Outcome(kind: kind, payload: ByteBuffer(string: "{\"start\":\(number)}"), worker: "w", waited: 5, ran: 7)
        }
    }

    @Test(arguments: Platform.allCases, OutcomeKind.all)
    func `A key that is used once gives the outcome of its one run, whatever that was`(
        platform: Platform,
        kind: OutcomeKind
    ) async throws {
        try await withPlatform(platform) { space in
            let starts = NIOLockedValueBox(0)
            try await counting(space, kind, starts)
            let (first, second) = (try await space.caller(), try await space.caller())
            for (caller, use) in [(first, KeyUse.once), (first, .once), (second, .once), (second, .join)] {
                let outcome = try await caller.submit(job(space, caller, use))
                #expect(outcome.kind == kind && String(buffer: outcome.payload) == #"{"start":1}"#)
            }
            #expect(starts.withLockedValue { $0 } == 1)
            #expect(await second.call(job(space, second, .once, #"{"other":1}"#)).code == .rejected)
            // Consent runs it anew where it has no answer.
            let again = try await second.submit(job(space, second, .again))
            #expect(String(buffer: again.payload) == (kind.isAnswer ? #"{"start":1}"# : #"{"start":2}"#))
        }
    }

    @Test(arguments: Platform.allCases, OutcomeKind.all)
    func `A key that is used unless it started runs anew only what certainly never ran`(
        platform: Platform,
        kind: OutcomeKind
    ) async throws {
        try await withPlatform(platform) { space in
            let starts = NIOLockedValueBox(0)
            try await counting(space, kind, starts)
            let caller = try await space.caller()
            for number in 1...2 {
                let outcome = try await caller.submit(job(space, caller, .unlessStarted))
                let start = kind == .unavailable ? number : 1
                #expect(outcome.kind == kind && String(buffer: outcome.payload) == "{\"start\":\(start)}")
            }
        }
    }

    @Test(arguments: Platform.allCases)
    func `Who joins a run waits for it, and where there is none nothing runs`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let worker = try await space.worker(run: { _ in nil })
            let (first, second) = (try await space.caller(), try await space.caller())
            #expect(await second.call(job(space, second, .join)).code == .lost)
            let run = Task { await first.call(job(space, first, .once)) }
            #expect(await worker.started(1))
            #expect(worker.holding.first?.job.mayRunAgain == false)
            let joining = Task { await second.call(job(space, second, .join)) }
            // Behind it: whoever comes later finds the first one waiting.
            var late = job(space, second, .join)
            late.timeout = 50
            #expect(await second.call(late).kind == .timedOut)
            worker.finish(try #require(worker.holding.first), .ok, #"{"x":1}"#)
            #expect(await run.value.text == #"{"x":1}"#)
            #expect(await joining.value.text == #"{"x":1}"#)
            #expect(try await space.stats()?.outcomes == [.ok: 1])
        }
    }
}
