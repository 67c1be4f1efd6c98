import LoadDriver
import NIOConcurrencyHelpers

/// One more tenant that keeps many calls in flight.
struct Flood {
    let inFlight: Int
    let lane: String
    /// Its number; those of the others are below.
    let tenant: Int

    /// The scenario with a space for the flood beside those of the others, and without calls of its own into it.
    func with(_ scenario: Scenario) -> Scenario {
        var wider = scenario
        wider.mix.append(MixEntry(name: "flood", weight: 0, lane: lane, tenants: tenant + 1))
        return wider
    }

    /// Runs the scenario while the flood goes on.
    func beside(_ scenario: Scenario, _ target: any LoadTarget) async throws -> (LoadReport, FloodFigures) {
        let outcomes = NIOLockedValueBox<[String: Int]>([:])
        let start = ContinuousClock.now
        let report = try await withThrowingTaskGroup(of: LoadReport?.self) { group in
            for number in 0..<inFlight {
                group.addTask {
                    await call(number, target, outcomes)
                    return nil
                }
            }
            group.addTask { LoadReport(try await LoadRun(scenario: scenario, target: target).run()) }
            while let report = try await group.next() {
                guard let report else { continue }
                group.cancelAll()
                return report
            }
            throw CancellationError()
        }
        let counts = outcomes.withLockedValue { $0 }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return (report, FloodFigures(inFlight: inFlight, lane: lane, seconds: seconds, outcomes: counts))
    }

    private func call(_ number: Int, _ target: any LoadTarget, _ outcomes: NIOLockedValueBox<[String: Int]>) async {
        var call = PlannedCall(
            index: UInt64(number),
            tool: QueueTarget.tool,
            payload: 200,
            lane: lane,
            tenant: tenant,
            arguments: [:],
            group: "flood"
        )
        while !Task.isCancelled {
            let outcome = await target.call(call).outcome
            // What the end of the run takes back is no failure.
            guard !Task.isCancelled else { return }
            outcomes.withLockedValue { $0[outcome, default: 0] += 1 }
            call.index += 1
            // What is refused at once would only burn the time of the others.
            if outcome != "ok" { try? await Task.sleep(for: .milliseconds(10)) }
        }
    }
}
