/// What becomes of a job whose worker died: pure functions.
///
/// Delivered counts as started for everyone but the worker itself, so a job that may not be run again is over; unless the worker has said
/// that it waits.
package enum RecoveryDecision {
    /// With that many dead workers a job is given up, where nobody says otherwise.
    package static let maxDeaths = 3

    /// - Parameters:
    ///   - isStarted: `false` where the worker has said that it did not start it yet (``JobGroup/waiting``).
    ///   - delivered: When it was given to the worker, in microseconds by Redis' clock; `nil` where that is not known.
    ///   - now: Microseconds by Redis' clock.
    ///   - maxDeaths: With that many dead workers a job is given up.
    package static func action(
        for delivery: Delivery,
        worker: String,
        isStarted: Bool = true,
        delivered: Int?,
        now: Int,
        maxDeaths: Int
    ) -> Settlement.Action {
        let job = delivery.job
        guard isStarted else {
            if now >= delivery.deadline { return .end(CallerEnding.notStarted(job)) }
            return .move(reason: "worker \(worker) died before it started the call", attempt: job.attempt, deaths: job.deaths)
        }
        let deaths = job.deaths + 1
        let place =
            "worker \(worker) died while it ran the call\(delivered.map { " (delivered at \(ISO8601.text($0)))" } ?? "")"
        if now >= delivery.deadline {
            let harm = job.mayRunAgain ? "" : "; it may have taken effect and was not run again"
            return end(
                job,
                .timedOut,
                worker,
                delivered,
                "\(place), and its deadline of \(Double(job.timeout) / 1000) s has passed\(harm)"
            )
        }
        guard job.mayRunAgain else {
            return end(
                job,
                .interrupted,
                worker,
                delivered,
                "\(place); it may have taken effect and was not run again",
                hint: "check whether it took effect before you call it again"
            )
        }
        guard deaths < maxDeaths else {
            return end(
                job,
                .interrupted,
                worker,
                delivered,
                "poison: \(deaths) workers died while they ran the call, the last was \(worker)",
                hint: "it lies in the dead letters: find out what it does to its server before you replay it",
                copyToDead: true
            )
        }
        return .move(reason: "worker \(worker) died", attempt: job.attempt + 1, deaths: deaths)
    }

    private static func end(
        _ job: Job,
        _ kind: OutcomeKind,
        _ worker: String,
        _ started: Int?,
        _ message: String,
        hint: String? = nil,
        copyToDead: Bool = false
    ) -> Settlement.Action {
        let reason = Reason(message, phase: .running, worker: worker, started: started, hint: hint)
        return .end(Outcome(kind: kind, payload: reason.payload, worker: worker, attempt: job.attempt), copyToDead: copyToDead)
    }
}
