import Logging
import MCPStore

/// Calls through a store in this process.
struct StoreTarget: CallTarget {
    private let store: MCPStore
    private let context: StoreContext

    /// Redis may be away when a caller is started: this waits until it is there, or `isEnding`.
    init(_ redis: RedisOptions, isEnding: () -> Bool) async throws {
        var logger = Logger(label: "caller") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        let end = ContinuousClock.now + .seconds(60)
        while true {
            do {
                store = try await MCPStore.setup(redis: redis, logger: logger)
                context = store.forStore()
                return
            } catch {
                guard ContinuousClock.now < end, !isEnding() else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    func close() async { await store.close() }

    func answer(_ call: PlannedCall, timeout: Duration) async -> Ending {
        do throws(MCPStoreError) {
            let result = try await context.callTool(
                call.tool.rawValue,
                call.arguments,
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
