import Dispatch
import Glibc
import MCPStore
import MCPStoreQueue
import NIOConcurrencyHelpers

/// What `batch run`, `resume` and `retry-failed` have in common: the batch runs, its summary is printed, the status says how it
/// went.
enum BatchRunner {
    /// - Parameter files: Opens the files, for a store that is connected.
    /// - Throws: ``CommandFailure`` where not every call was answered with `ok`.
    static func run(
        _ common: ContextOptions,
        _ files: @escaping @Sendable (StoreContext) async throws -> BatchFiles
    ) async throws {
        let summary = try await common.withStore(isInterruptible: false) { context -> BatchSummary in
            let files = try await files(context)
            guard !files.isFinished else {
                return BatchSummary(
                    plan: files.plan,
                    status: .finished,
                    outcomes: files.outcomes,
                    safe: files.safe,
                    answered: 0,
                    took: .zero
                )
            }
            do {
                if files.record > 0 { try await context.resumeBatch(files.plan.id) }
                let job = try BatchJob(
                    files.plan,
                    round: files.round,
                    context: context,
                    journal: files.journal,
                    output: files.output,
                    feed: files.feed,
                    outcomes: files.outcomes,
                    safe: files.safe,
                    record: files.record,
                    earlier: files.runs
                )
                let signals = Self.interruption { job.stop() }
                defer { signals.forEach { $0.cancel() } }
                return try await job.work()
            } catch let error as MCPStoreError where files.journal != nil {
                let next = "what was answered is kept; \(Self.hint(files.plan, common))"
                throw CommandFailure(status: ExitStatus(error.code), message: "\(error.message); \(next)")
            } catch let error as CommandFailure where files.journal != nil && error.status == .noAnswer {
                throw CommandFailure(status: .noAnswer, message: "\(error.message); \(Self.hint(files.plan, common))")
            }
        }
        try show(summary, common)
    }

    /// The first Ctrl-C or SIGTERM stops the batch in order. The second one ends the command, which loses nothing either.
    private static func interruption(_ stop: @escaping @Sendable () -> Void) -> [any DispatchSourceSignal] {
        let isSecond = NIOLockedValueBox(false)
        return [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if isSecond.withLockedValue({ $0 }) { _exit(ExitStatus.noAnswer.rawValue) }
                isSecond.withLockedValue { $0 = true }
                stop()
            }
            source.activate()
            return source
        }
    }

    private static func show(_ summary: BatchSummary, _ common: ContextOptions) throws {
        if common.json, summary.plan.output != "-" {
            Console.shared.out(summary.json.description)
        } else {
            Console.shared.note("batch \(summary.plan.id): \(summary.text)")
        }
        switch summary.status {
        case .finished where summary.failed == 0: return
        case .finished:
            throw CommandFailure(
                status: .toolError,
                message:
                    "\(summary.failed.grouped) of \(summary.total.grouped) call\(summary.total == 1 ? "" : "s") failed\(retryHint(summary, common))"
            )
        default:
            let what = summary.status == .cancelled ? "the batch was cancelled" : "the batch was stopped before its end"
            let next = summary.plan.output == "-" ? "" : "; \(hint(summary.plan, common))"
            throw CommandFailure(status: .noAnswer, message: what + next)
        }
    }

    /// What to do about calls that failed; nothing where they came through a pipe, and cannot be read again.
    private static func retryHint(_ summary: BatchSummary, _ common: ContextOptions) -> String {
        guard summary.plan.output != "-", summary.plan.input != "-" else { return "" }
        let hint = ": mcpstore batch retry-failed \(summary.plan.output)\(common.repeated) asks them again"
        let unsafe = summary.failed - summary.safe
        guard unsafe > 0 else { return hint }
        return hint + "; \(unsafe.grouped) may have taken effect already: --safe leaves \(unsafe == 1 ? "it" : "them") out"
    }

    private static func hint(_ plan: BatchPlan, _ common: ContextOptions) -> String {
        "go on with it: mcpstore batch resume \(plan.output)\(common.repeated)"
    }
}
