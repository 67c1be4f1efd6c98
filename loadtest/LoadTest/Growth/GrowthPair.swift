import LoadDriver

/// The plain case and a grown one on a Redis of their own each, measured in turn.
struct GrowthPair {
    let step: GrowthStep
    let rounds: Int
    let seconds: Double

    func run() async throws -> GrowthRow {
        try await ScenarioRun.using(try await bed(of: .plain)) { plain, target in
            let grownBed = try await bed(of: step)
            return try await ScenarioRun.using(grownBed) { grown, grownTarget in
                try await grown.fill(step)
                var row = GrowthRow(title: step.title, isBounded: step.isBounded)
                for _ in 0..<rounds {
                    row.plain.append(try await measure(.plain, target, on: plain))
                    row.grown.append(try await measure(step, grownTarget, on: grown))
                }
                return row
            }
        }
    }

    private func bed(of step: GrowthStep) async throws -> TestBed {
        try await TestBed(step.scenario(callers: step.callers, seconds: seconds), redis: nil, services: step.services) {
            ScenarioRun.note($0)
        }
    }

    /// One call at a time first: what a call needs then does not depend on how many happen to travel together.
    private func measure(_ step: GrowthStep, _ target: any LoadTarget, on bed: TestBed) async throws -> GrowthRow.Figures {
        func run(_ callers: Int) async throws -> LoadReport {
            let scenario = step.scenario(callers: callers, seconds: seconds)
            let report = try await ScenarioRun.measure(scenario, target, on: bed, showsProgress: false)
            try Task.checkCancellation()
            guard report.errors == 0, report.redis != nil else {
                throw LoadTestError("\(step.title): \(report.errors) errors: \(report.examples)")
            }
            return report
        }
        let (lone, busy) = (try await run(1), try await run(step.callers))
        return GrowthRow.Figures(
            commands: lone.redis?.commandsPerCall ?? 0,
            commandsByName: Dictionary((lone.redis?.commands ?? []).map { ($0.name, $0.callsPerCall) }) { $1 },
            redisMicroseconds: busy.redis?.cpuMicrosecondsPerCall ?? 0,
            rate: busy.rate
        )
    }
}
