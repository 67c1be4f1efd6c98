import NIOCore

/// What becomes of one job: the input of the settle script, the only way in which a job ends or moves.
package struct Settlement: Sendable {
    package enum Action: Sendable {
        /// It has its outcome. `copyToDead` also keeps the job in the dead letters.
        case end(Outcome, copyToDead: Bool = false)
        /// Back into its lane under a new id, with what it counts from then on.
        case move(reason: String, attempt: Int, deaths: Int)
        /// Into the sorted set of delayed jobs until `due` (milliseconds by Redis' clock).
        case delay(reason: String, attempt: Int, deaths: Int, due: Int)
    }

    package var job: Job
    package var entry: EntryID
    package var action: Action
    /// Whether the entry may be undelivered: who settles a job that is not its own claims it first.
    package var claims: Bool
    /// Whether it is settled only if no worker was given it; ``Result/running`` otherwise. For ``claims`` only.
    package var onlyWaiting = false
    /// Whether Redis may have forgotten that the entry was delivered (see ``again()``).
    private(set) var mayBeForgotten = false

    package init(_ delivery: Delivery, _ action: Action, claims: Bool = false) {
        self.job = delivery.job
        self.entry = delivery.entry
        self.action = action
        self.claims = claims
    }

    /// Whether it is the common case, which `finish.lua` does: a worker ends the first attempt of a job that it ran, with a
    /// small payload, without a durable record, and at a time that its caller can tell from how long it waited and ran.
    var isPlain: Bool {
        guard case .end(let outcome, false) = action, let waited = outcome.waited, let ran = outcome.ran else { return false }
        return !claims && !mayBeForgotten && outcome.reuse == nil && outcome.attempt == 1 && job.record.isEmpty
            && job.submitted > 0 && waited >= 0
            && ran >= 0
            && outcome.finished == job.submitted + waited + ran
            && outcome.payload.readableBytes <= SettleScript.largestInlinePayload
    }

    /// The same settlement for a Redis that may have forgotten that the job was delivered, because it came back from its disk, or
    /// another server took over: it ends a job that waits there to be run, instead of letting it run once more. Only for jobs that have
    /// run: others shall run.
    func again() -> Settlement {
        guard case .end(let outcome, false) = action, !claims,
            [.ok, .toolError, .protocolError, .interrupted, .timedOut].contains(outcome.kind)
        else { return self }
        var settlement = self
        settlement.mayBeForgotten = true
        return settlement
    }

    /// Who ran what it ends.
    var worker: String { if case .end(let outcome, _) = action { outcome.worker } else { "" } }

    /// What became of a settlement.
    package enum Result: Sendable, Equatable {
        /// Somebody else had settled it.
        case notOurs
        /// A worker has it, and it was to be settled only while it waited.
        case running
        /// It ended. `owner` is the worker that may be running it, where it was claimed from one; empty where nobody knows whether there is
        /// one.
        case ended(owner: String?)
        case moved(EntryID)
        case delayed
        /// The client was closed before Redis confirmed anything: others settle it, or it was settled.
        case unconfirmed
    }

    /// About how many bytes it takes in a script call.
    var size: Int {
        switch action {
        case .end(let outcome, _): outcome.payload.readableBytes + 512
        case .move, .delay: 512
        }
    }
}
