import MCPStoreProtocol
import MCPStoreQueue
import NIOCore
import Testing

@testable import MCPStoreWorker

/// What becomes of a job, for every way in which its request may end.
struct CallEndingTests {
    private func ending(again: Bool, attempt: Int = 1, submitted: Int = 1_000_000) throws -> CallEnding {
        let service = ServiceID(space: try Space(namespace: "n", dataspace: "d"), name: "s")
        let job = Job(
            id: "j",
            service: service,
            name: "tool",
            parameters: ByteBuffer(string: "{}"),
            submitted: submitted,
            attempt: attempt,
            deaths: 1,
            mayRunAgain: again
        )
        return CallEnding(job: job, worker: "w-1", started: 1_000_250, finished: 1_000_900)
    }

    private func outcome(_ action: Settlement.Action) throws -> Outcome {
        guard case .end(let outcome, copyToDead: false) = action else {
            Issue.record("not an end: \(action)")
            throw QueueError(.unknown, "not an end")
        }
        return outcome
    }

    @Test(arguments: [(false, OutcomeKind.ok), (true, .toolError)])
    func `an answer is passed on as it came, with its legs`(_ isError: Bool, _ kind: OutcomeKind) throws {
        let result = ByteBuffer(string: #"{"content":[],"x":1.0}"#)
        let outcome = try outcome(try ending(again: false).action(for: .result(result, isError: isError, resultType: .complete)))
        #expect(outcome.kind == kind)
        #expect(outcome.payload == result)
        #expect((outcome.waited, outcome.ran, outcome.worker) == (250, 650, "w-1"))
    }

    @Test func `a JSON-RPC error is an answer, never tried again`() throws {
        let error = ByteBuffer(string: #"{"code":-32602,"message":"no"}"#)
        let outcome = try outcome(try ending(again: true).action(for: .error(error, code: -32602)))
        #expect(outcome.kind == .protocolError)
        #expect(outcome.payload == error)
    }

    @Test func `a job without a time of submission has no waiting leg`() throws {
        let response = MCPResponse.result(ByteBuffer(string: "{}"), isError: false, resultType: .complete)
        #expect(try outcome(try ending(again: false, submitted: 0).action(for: response)).waited == nil)
    }

    @Test func `a limit for running is named where it ended the call, and an interrupted one says when and where it was started`()
        throws
    {
        var job = try ending(again: false).job
        job.runLimit = 500
        job.timeout = 60_000
        let late = CallEnding(job: job, worker: "w-1", started: 1_000_000, finished: 1_500_001)
        let failed = MCPResponse.failed(MCPError(.timedOut, "late", requestWasWritten: true))
        let text = Reason(payload: try outcome(late.action(for: failed)).payload).message
        #expect(text == "the tool did not answer within the call's limit for running of 0.5 s and was cancelled")
        let lost = MCPResponse.failed(MCPError(.closed, "gone", requestWasWritten: true))
        let reason = Reason(payload: try outcome(late.action(for: lost)).payload)
        #expect(reason.worker == "w-1" && reason.started == "1970-01-01T00:00:01.000Z")
        #expect(reason.message.contains("(started at 1970-01-01T00:00:01.000Z on worker w-1)"))
    }

    @Test func `a deadline that passes while it runs is said to have passed while it ran`() throws {
        let failed = MCPResponse.failed(MCPError(.timedOut, "late", requestWasWritten: true))
        let outcome = try outcome(try ending(again: true).action(for: failed))
        #expect(outcome.kind == .timedOut)
        #expect(Reason(payload: outcome.payload).phase == "running")
    }

    @Test(arguments: [true, false], [1, 2, 3])
    func `a session lost before the request was written gives the job back uncounted`(_ again: Bool, _ attempt: Int) throws {
        let failed = MCPResponse.failed(MCPError(.closed, "gone", requestWasWritten: false))
        guard case .move(_, let next, let deaths) = try ending(again: again, attempt: attempt).action(for: failed) else {
            Issue.record("not moved")
            return
        }
        #expect((next, deaths) == (attempt, 1))
    }

    @Test(arguments: [1, 2])
    func `a session lost after the request was written runs a repeatable job again`(_ attempt: Int) throws {
        let failed = MCPResponse.failed(MCPError(.closed, "gone", requestWasWritten: true))
        guard case .move(_, let next, _) = try ending(again: true, attempt: attempt).action(for: failed) else {
            Issue.record("not moved")
            return
        }
        #expect(next == attempt + 1)
    }

    @Test(arguments: [(false, 1), (true, 3)])
    func `a session lost after the request was written interrupts a job that may not run again`(_ again: Bool, _ attempt: Int)
        throws
    {
        let failed = MCPResponse.failed(MCPError(.closed, "gone", requestWasWritten: true))
        let outcome = try outcome(try ending(again: again, attempt: attempt).action(for: failed))
        #expect(outcome.kind == .interrupted)
        #expect(Reason(payload: outcome.payload).worker == "w-1")
    }

    @Test func `a refusal of the transport is an answer in the form of a JSON-RPC error`() throws {
        let error = MCPError(.httpStatus, "HTTP \"502\"", detail: "bad gateway", requestWasWritten: true, httpStatus: 502)
        let outcome = try outcome(try ending(again: true).action(for: .failed(error)))
        #expect(outcome.kind == .protocolError)
        let text = String(buffer: outcome.payload)
        #expect(text == #"{"code":502,"message":"HTTP \"502\"","data":{"detail":"bad gateway"}}"#)
    }

    @Test func `what a leaving worker gives back moves if it may run again, and is interrupted if not`() throws {
        guard case .move(_, let same, _) = try ending(again: true).givenBack("it stops", countsAttempt: false, wasWritten: true),
            case .move(_, let counted, _) = try ending(again: true).givenBack("it stops", countsAttempt: true, wasWritten: true)
        else {
            Issue.record("not moved")
            return
        }
        #expect((same, counted) == (1, 2))
        guard case .move(_, 1, _) = try ending(again: false).givenBack("it stops", countsAttempt: true, wasWritten: false) else {
            Issue.record("what the server cannot have seen is always run")
            return
        }
        #expect(
            try outcome(try ending(again: false).givenBack("it stops", countsAttempt: false, wasWritten: true)).kind
                == .interrupted
        )
    }
}
