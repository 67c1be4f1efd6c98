import NIOCore

/// The one typed end of a job.
package struct Outcome: Sendable {
    package var kind: OutcomeKind
    /// `ok` and `toolError`: the result as the server sent it. `protocolError`: the JSON-RPC error object. Otherwise a
    /// ``Reason`` as JSON. Never re-encoded (invariant I14).
    package var payload: ByteBuffer
    /// Who ran it, or settled it; empty where nobody did.
    package var worker: String
    /// 1 for a job that was started once.
    package var attempt: Int
    /// From submission to start, in microseconds; `nil` where it never started.
    package var waited: Int?
    /// From start to answer, in microseconds; `nil` where it never started.
    package var ran: Int?
    /// When it ended, in microseconds by Redis' clock; 0 where that is not known.
    package var finished: Int

    /// Where it is the answer of another call that asked the same.
    package var reuse: Reuse?

    /// Whether running the job again does no harm: no server was asked to run it, or it is one that may run twice anyway. A job that may not
    /// is never put back once a server may have been asked, so that one that waited at its end has waited all the time.
    package var isSafeToRetry: Bool {
        !kind.isAnswer && attempt == 1 && Reason(payload: payload).phase == Reason.Phase.waiting.rawValue
    }

    /// How an answer was used again; the field of the stats that counts it.
    package enum Reuse: String, Sendable, Hashable, CaseIterable {
        /// Of a call that ran while this one came.
        case inFlight = "reused_in_flight"
        /// Of one that had ended.
        case kept = "reused_kept"
    }

    package init(
        kind: OutcomeKind,
        payload: ByteBuffer,
        worker: String = "",
        attempt: Int = 1,
        waited: Int? = nil,
        ran: Int? = nil,
        finished: Int = 0
    ) {
        self.kind = kind
        self.payload = payload
        self.worker = worker
        self.attempt = attempt
        self.waited = waited
        self.ran = ran
        self.finished = finished
    }
}
