import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import MCPStoreQueue

/// The rule of idempotency keys, as ``JobQueue`` states it, on either platform.
@Suite(.timeLimit(.minutes(5))) struct IdempotencyConformanceTests {
    private func job(
        _ space: Conformer,
        _ caller: any JobQueue,
        _ key: String,
        _ parameters: String = "{}",
        timeout: Int = 30_000,
        lane: Lane = .interactive,
        retention: Int = Job.defaultRetention
    ) -> Job {
        var job = caller.job(space.service, "echo", parameters, lane: lane, timeout: timeout)
        job.idempotency = key
        job.retention = retention
        return job
    }

    /// A worker that answers each start with its number.
    private func counting(_ space: Conformer, _ kind: OutcomeKind = .ok) async throws -> TestWorker {
        let starts = NIOLockedValueBox(0)
        return try await space.worker { delivery in
            let number = starts.withLockedValue { starts in
                starts += 1
                return starts
            }
            return Outcome(kind: kind, payload: ByteBuffer(string: "{\"start\":\(number)}"), worker: "w", waited: 5, ran: 7)
        }
    }

    @Test(arguments: Platform.allCases, [OutcomeKind.ok, .toolError, .protocolError])
    func `S13: a key that was answered gives the same answer at once, to any caller`(
        platform: Platform,
        kind: OutcomeKind
    ) async throws {
        try await withPlatform(platform) { space in
            let worker = try await counting(space, kind)
            let (first, second) = (try await space.caller(), try await space.caller())
            #expect(await first.call(job(space, first, "k")).text == #"{"start":1}"#)
            await first.close()
            // Nobody could run it any more.
            await worker.queue.stop()
            let again = try await second.submit(job(space, second, "k", lane: .batch))
            #expect(again.kind == kind && String(buffer: again.payload) == #"{"start":1}"#)
            #expect(again.worker == "w" && again.waited == 5 && again.ran == 7 && again.finished > 0)
            #expect(try await space.stats()?.outcomes == [kind: 1])
            #expect(try await space.depth().length == 0)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: an answer is kept for the key's retention and no longer`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            _ = try await counting(space)
            let caller = try await space.caller()
            #expect(await caller.call(job(space, caller, "k", retention: 40)).text == #"{"start":1}"#)
            var text: String?
            let end = ContinuousClock.now + .seconds(30)
            repeat {
                text = await caller.call(job(space, caller, "k")).text
            } while text == #"{"start":1}"# && ContinuousClock.now < end
            #expect(text == #"{"start":2}"#)
            #expect(try await space.stats()?.outcomes == [.ok: 2])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: one key from several callers at the same time is one run, and all get its answer`(platform: Platform) async throws
    {
        try await withPlatform(platform) { space in
            _ = try await counting(space)
            var callers: [any JobQueue] = []
            for _ in 0..<4 { callers.append(try await space.caller()) }
            for key in 0..<20 {
                let answers = await withTaskGroup(of: String?.self) { group in
                    for caller in callers {
                        for _ in 0..<3 { group.addTask { await caller.call(job(space, caller, "k\(key)")).text } }
                    }
                    return await group.reduce(into: [String?]()) { $0.append($1) }
                }
                #expect(answers.count == 12 && Set(answers) == ["{\"start\":\(key + 1)}"], "\(answers)")
            }
            #expect(try await space.stats()?.outcomes == [.ok: 20])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: the wait for the run of another ends with its own deadline, and the run goes on`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let worker = try await space.worker(run: { _ in nil })
            let caller = try await space.caller()
            async let run = caller.call(job(space, caller, "k"))
            #expect(await worker.started(1))
            // The key is the consent to run it again.
            #expect(worker.holding.first?.job.mayRunAgain == true)
            let late = await caller.call(job(space, caller, "k", timeout: 50))
            #expect(late.kind == .timedOut && late.text?.contains("goes on") == true, "\(late)")
            let cancelled = Task { await caller.call(job(space, caller, "k")) }
            cancelled.cancel()
            let result = await cancelled.value
            #expect(result.kind == .cancelled || result.code == .notAccepted, "\(result)")
            worker.finish(try #require(worker.holding.first), .ok, #"{"x":1}"#)
            #expect(await run.text == #"{"x":1}"#)
            #expect(try await space.stats()?.outcomes == [.ok: 1])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: who takes back the run of a key ends it for all, and the next call is a new run`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let worker = try await space.worker(run: { _ in nil })
            let (first, second) = (try await space.caller(), try await space.caller())
            let run = Task { await first.call(job(space, first, "k")) }
            #expect(await worker.started(1))
            let sharing = Task { await second.call(job(space, second, "k")) }
            // Behind it: whoever comes later finds the first one waiting.
            #expect(await second.call(job(space, second, "k", timeout: 50)).kind == .timedOut)
            run.cancel()
            #expect(await run.value.kind == .cancelled)
            #expect(await sharing.value.kind == .cancelled)
            let next = Task { await second.call(job(space, second, "k")) }
            #expect(await worker.started(2))
            worker.finish(try #require(worker.holding.first))
            #expect(await next.value.kind == .ok)
            #expect(try await space.stats()?.outcomes == [.cancelled: 1, .ok: 1])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: other arguments under the same key are refused, other tools are not`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            _ = try await counting(space)
            let caller = try await space.caller()
            #expect(await caller.call(job(space, caller, "k", #"{"a":1}"#)).kind == .ok)
            let other = await caller.call(job(space, caller, "k", #"{"a":2}"#))
            #expect(other.code == .rejected)
            if case .failure(let error) = other {
                #expect(error.message.contains("idempotency key was used with other arguments"))
            }
            var tool = job(space, caller, "k", #"{"a":2}"#)
            tool.name = "other"
            #expect(await caller.call(tool).kind == .ok)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a run that ended without an answer is not in the way of the next one`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            // Nobody fetches it.
            let first = await caller.call(job(space, caller, "k", timeout: 30)).kind
            #expect(first == .timedOut || first == .unavailable)
            _ = try await counting(space)
            #expect(await caller.call(job(space, caller, "k")).text == #"{"start":1}"#)
            #expect(try await space.stats()?.calls == 2)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: closing a caller ends its waits; the run of its key goes on for others`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let worker = try await space.worker(run: { _ in nil })
            let (first, second) = (try await space.caller(), try await space.caller())
            let run = Task { await first.call(job(space, first, "k")) }
            #expect(await worker.started(1))
            let sharing = Task { await second.call(job(space, second, "k")) }
            #expect(await second.call(job(space, second, "k", timeout: 50)).kind == .timedOut)
            await first.close()
            #expect(await run.value.code == .stopped)
            worker.finish(try #require(worker.holding.first), .ok, #"{"x":1}"#)
            #expect(await sharing.value.text == #"{"x":1}"#)
        }
    }
}
