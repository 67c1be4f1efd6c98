/// One run, or several after one another: each is judged by itself, so that what is known of it can be forgotten, and then added.
struct SeriesRun: Sendable {
    let runs: [SeededRun]
    /// What they have in common.
    let title: String
    /// Whether files are kept also where everything held.
    let keep: Bool
    /// The options with which a run is the same again.
    let options: [String]

    func showSchedules() {
        for (number, run) in runs.enumerated() {
            Console.say(header(number))
            for event in run.events { Console.say("  \(event)") }
        }
    }

    /// - Throws: What kept a single run from being made; of several the others are made all the same. `CancellationError`.
    func run() async throws -> Series {
        var series = Series()
        for (number, run) in runs.enumerated() {
            let seed = run.plan.seed
            Console.say(header(number))
            if runs.count == 1 { for event in run.events { Console.say("  \(event)") } }
            do {
                let (verdict, directory) = try await run.run(keep: keep)
                Console.status("")
                Console.say(runs.count > 1 ? "  \(verdict.brief)" : verdict.text)
                for line in verdict.details { Console.say(line) }
                if let directory { Console.say("ledgers, records and logs are in \(directory)") }
                if !verdict.holds { Console.say("FAILED; again with: \(again(seed))") }
                series.add(verdict, seed: seed)
            } catch let error where runs.count > 1 && !(error is CancellationError) {
                Console.say("  the run could not be made: \(error); again with: \(again(seed))")
                series.addFailure(seed: seed)
            }
        }
        return series
    }

    private func header(_ number: Int) -> String {
        let count = runs.count > 1 ? ", run \(number + 1) of \(runs.count)" : ""
        return "seed \(runs[number].plan.seed), \(title), \(runs[number].events.count) faults\(count)"
    }

    private func again(_ seed: UInt64) -> String { (["./Tests/chaos", "--seed", "\(seed)"] + options).joined(separator: " ") }
}
