/// One calling process: many calls at once, each written into the ledger before it is made and when it has returned.
struct CallerRun: Sendable {
    let target: any CallTarget
    let ledger: LedgerWriter
    let gate: CallGate
    let concurrency: Int
    /// How long a call may take.
    let timeout: Duration

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<concurrency {
                group.addTask { while let call = try await gate.next() { await make(call) } }
            }
            try await group.waitForAll()
        }
        await target.close()
    }

    private func make(_ call: PlannedCall) async {
        ledger.write(.submitted(call, at: Microseconds.now))
        let expires = call.intent == .expire
        let making = Task {
            await target.answer(call, timeout: expires ? .milliseconds(call.milliseconds / 2) : timeout)
        }
        var cancelling: Task<Void, any Error>?
        if call.intent == .cancel {
            cancelling = Task {
                try await Task.sleep(for: .milliseconds(call.milliseconds / 2))
                making.cancel()
            }
        }
        let ending = await making.value
        cancelling?.cancel()
        ledger.write(.ended(ending))
        // One that was refused tries again a little later, as a caller in its senses does.
        if !ending.isOutcome { do { try await Task.sleep(for: .milliseconds(100)) } catch {} }
    }
}
