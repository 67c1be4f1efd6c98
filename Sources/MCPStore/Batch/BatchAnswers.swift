/// The answers of a batch, in the order of their ends or of the calls: see ``StoreContext/batch(_:_:)``.
///
/// It may be iterated once. Where the iteration is left early, or its task is cancelled, calls without an outcome are taken back.
public struct BatchAnswers: AsyncSequence, Sendable {
    /// One answer a call.
    public typealias Element = BatchAnswer

    /// Takes the answers of a batch, one after another.
    public final class AsyncIterator: AsyncIteratorProtocol {
        private let run: BatchRun

        init(_ run: BatchRun) { self.run = run }

        deinit { run.cancel() }

        /// The next answer; `nil` behind the last one.
        ///
        /// - Throws: What reading the calls threw, behind the answers of all that was read before; ``MCPStoreError`` where the batch
        ///   cannot go on (Redis is away for too long, the store was closed); `CancellationError` where the task was cancelled.
        public func next() async throws -> BatchAnswer? { try await run.next() }
    }

    private let run: BatchRun
    private let start: @Sendable () -> Void

    init(_ run: BatchRun, start: @escaping @Sendable () -> Void) {
        self.run = run
        self.start = start
    }

    /// Begins to read and to call.
    public func makeAsyncIterator() -> AsyncIterator {
        start()
        return AsyncIterator(run)
    }
}
