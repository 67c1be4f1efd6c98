import Logging
import MCPStore

/// One calling process: many calls at once, each written into the ledger before it is made and when it has returned.
struct CallerRun: Sendable {
    let redis: RedisOptions
    let ledger: LedgerWriter
    let gate: CallGate
    let concurrency: Int
    /// How long a call may take.
    let timeout: Duration

    func run() async throws {
        let store = try await connect()
        let context = store.forStore()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<concurrency {
                group.addTask { while let call = try await gate.next() { await make(call, in: context) } }
            }
            try await group.waitForAll()
        }
        await store.close()
    }

    /// Redis may be away when a caller is started.
    private func connect() async throws -> MCPStore {
        var logger = Logger(label: "caller") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        let end = ContinuousClock.now + .seconds(60)
        while true {
            do { return try await MCPStore.setup(redis: redis, logger: logger) } catch {
                guard ContinuousClock.now < end, !gate.isEnding else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func make(_ call: PlannedCall, in context: StoreContext) async {
        ledger.write(.submitted(call, at: Microseconds.now))
        let expires = call.intent == .expire
        let making = Task {
            await answer(call, timeout: expires ? .milliseconds(call.milliseconds / 2) : timeout, in: context)
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

    private func answer(_ call: PlannedCall, timeout: Duration, in context: StoreContext) async -> Ending {
        var arguments: [String: JSONValue] = ["id": .string(call.run), "ms": .integer(call.milliseconds)]
        if call.bytes > 0 { arguments["bytes"] = .integer(call.bytes) }
        do throws(MCPStoreError) {
            let result = try await context.callTool(
                call.tool.rawValue,
                .object(arguments),
                timeout: timeout,
                lane: call.isBatch ? .batch : .interactive,
                service: call.service,
                idempotencyKey: call.key
            )
            return Ending(
                id: call.id,
                isOutcome: true,
                outcome: result.report.outcome,
                digest: Digest.of(result.text),
                attempt: result.report.attempt,
                at: Microseconds.now
            )
        } catch {
            return Ending(
                id: call.id,
                isOutcome: error.call != nil,
                outcome: error.call?.outcome ?? error.code.description,
                attempt: error.call?.attempt ?? 0,
                at: Microseconds.now
            )
        }
    }
}
