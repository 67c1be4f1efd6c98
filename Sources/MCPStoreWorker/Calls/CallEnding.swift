import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// What becomes of a job after its session said how the request ended: pure decisions (design section 5, "Retry by what the
/// tool declares").
struct CallEnding {
    /// Starts of one job that end in a lost session, before it is given up.
    static let mostAttempts = 3

    let job: Job
    let worker: String
    /// Microseconds by Redis' clock.
    let started: Int
    let finished: Int

    private var waited: Int? { job.submitted > 0 ? max(started - job.submitted, 0) : nil }

    func action(for response: MCPResponse) -> Settlement.Action {
        switch response {
        case .result(let result, let isError, _): return .end(outcome(isError ? .toolError : .ok, result))
        case .error(let error, _): return .end(outcome(.protocolError, error))
        case .failed(let error): return action(for: error)
        }
    }

    private func action(for error: MCPError) -> Settlement.Action {
        switch error.code {
        case .timedOut:
            // A run that had its own limit, and ended by it.
            let isRun = job.runLimit > 0 && job.runLimit < job.timeout && finished - started >= job.runLimit * 1000
            let limit =
                isRun ? "limit for running of \(Double(job.runLimit) / 1000) s" : "deadline of \(Double(job.timeout) / 1000) s"
            let message = "the tool did not answer within the call's \(limit) and was cancelled"
            return .end(outcome(.timedOut, self.reason(message)))
        case .httpStatus where error.wasNotRun:
            // Refused, so certainly not run: it waits until the server wants calls again.
            return .move(reason: error.message, attempt: job.attempt, deaths: job.deaths)
        case .tooLarge, .unauthorized, .httpStatus, .invalidRequest, .rejected, .forbiddenAddress, .protocolViolation:
            // An answer of a kind: trying again would bring the same one.
            return .end(outcome(.protocolError, Self.errorObject(error)))
        default:
            return lost(error)
        }
    }

    /// It gets the answer of another call that asked the same.
    func reusing(_ result: ByteBuffer, _ how: Outcome.Reuse) -> Settlement.Action {
        var outcome = outcome(.ok, result)
        outcome.reuse = how
        return .end(outcome)
    }

    /// The session was lost.
    private func lost(_ error: MCPError) -> Settlement.Action {
        guard error.requestWasWritten else {
            // Certainly not started: always run, and not counted.
            return .move(reason: error.message, attempt: job.attempt, deaths: job.deaths)
        }
        guard job.mayRunAgain else {
            let message =
                "the session to service '\(job.service.name)' was lost while the call ran (\(place)): it may have taken effect, and was not run again (\(error.message))"
            return .end(outcome(.interrupted, self.reason(message)))
        }
        guard job.attempt < Self.mostAttempts else {
            let message =
                "the session to service '\(job.service.name)' was lost during each of \(job.attempt) starts of the call (\(error.message))"
            return .end(outcome(.interrupted, self.reason(message)))
        }
        return .move(reason: error.message, attempt: job.attempt + 1, deaths: job.deaths)
    }

    /// The worker gives the call back because it stops or lost its lease.
    ///
    /// - Parameter wasWritten: Whether the server can have seen the request.
    func givenBack(_ reason: String, countsAttempt: Bool, wasWritten: Bool) -> Settlement.Action {
        guard wasWritten else { return .move(reason: reason, attempt: job.attempt, deaths: job.deaths) }
        guard job.mayRunAgain else {
            let message = "\(reason) while the call ran (\(place)): it may have taken effect, and was not run again"
            return .end(outcome(.interrupted, self.reason(message)))
        }
        return .move(reason: reason, attempt: job.attempt + (countsAttempt ? 1 : 0), deaths: job.deaths)
    }

    /// What is known of a start that was lost.
    private var place: String { "started at \(ISO8601.text(started)) on worker \(worker)" }

    private func reason(_ message: String) -> ByteBuffer {
        Reason(message, phase: .running, worker: worker, started: started).payload
    }

    private func outcome(_ kind: OutcomeKind, _ payload: ByteBuffer) -> Outcome {
        Outcome(
            kind: kind,
            payload: payload,
            worker: worker,
            attempt: job.attempt,
            waited: waited,
            ran: max(finished - started, 0),
            finished: finished
        )
    }

    /// A failure of the transport in the form of a JSON-RPC error. Its code lies outside of what the protocol reserves.
    static func errorObject(_ error: MCPError) -> ByteBuffer {
        var object = ByteBuffer(string: "{\"code\":\(error.httpStatus ?? 1000),\"message\":")
        object.writeJSONString(error.message)
        if let detail = error.detail {
            object.writeString(",\"data\":{\"detail\":")
            object.writeJSONString(detail)
            object.writeString("}")
        }
        object.writeString("}")
        return object
    }
}
