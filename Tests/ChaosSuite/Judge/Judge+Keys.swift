extension Judge {
    /// Outcomes that are answers: a key keeps them, and gives them to whoever comes later.
    private static let answers: Set = ["ok", "toolError", "protocolError"]

    /// Calls with the same key of whichever callers: there is one run at a time; after one that was answered there is none; its tool
    /// is started once, unless a fault took what ran it; and all that were answered got the same answer. Where all data was deleted, the
    /// key is forgotten too.
    func sharedWrongly() -> [Case] {
        var found: [Case] = []
        for (key, calls) in keys {
            let runs = (jobs[key] ?? []).sorted { $0.began < $1.began }
            for (one, next) in zip(runs, runs.dropFirst()) where !one.isFlushed && one.epoch == next.epoch {
                if next.began < one.done || one.entries > 0 {
                    found.append(Case("\(key) has two runs at once", ifForgotten: key))
                } else if one.outcomes.contains(where: Self.answers.contains) {
                    found.append(Case("\(key) was run again after its answer (\(one.outcomes))", ifForgotten: key))
                }
            }
            let starts = evidence.executions[key]?.starts ?? 0
            if starts > runs.count, evidence.lapses == 0, !hasLostARun(calls) {
                found.append(Case("\(key) was started \(starts) times for \(runs.count) runs", ifForgotten: key))
            }
            let told = Set(calls.flatMap(\.endings).filter { $0.isOutcome && Self.answers.contains($0.outcome) }.map(\.answer))
            if told.count > 1, evidence.log.epoch == 0 { found.append(Case("\(key) has \(told.count) different answers")) }
        }
        return found
    }

    /// Whether something may have taken the worker or the server that ran these calls.
    private func hasLostARun(_ calls: [CallerLedger.Call]) -> Bool {
        guard let from = calls.map(\.submitted).min() else { return false }
        // A caller that was killed does not say when it was over: as long as a call may take.
        let to = calls.map { $0.endings.first?.at ?? $0.submitted + 60_000_000 }.max() ?? from
        return causes(from: from, to: to).contains { $0.tolerance >= .outcomes }
    }
}

extension Ending {
    /// What the caller got, apart from when.
    fileprivate var answer: String { "\(outcome) \(digest)" }
}
