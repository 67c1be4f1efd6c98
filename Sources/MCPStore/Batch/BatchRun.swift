import NIOConcurrencyHelpers

/// The heart of a batch: reads calls, has a bounded number of them in flight, and hands their answers to one taker.
///
/// A call holds its place from before it is read until its answer was taken, so that neither a slow worker nor a slow taker makes
/// anything grow. It is made by one task each, all children of one that reads; that is cancelled with the batch.
package final class BatchRun: Sendable {
    private let caller: BatchCaller
    private let options: BatchOptions
    private let state = NIOLockedValueBox(BatchState())
    private let task = NIOLockedValueBox<Task<Void, Never>?>(nil)

    init(caller: BatchCaller, options: BatchOptions) {
        self.caller = caller
        self.options = options
    }

    /// Begins to read and to call. Once: what is asked for again is asked for in vain.
    package func start<Calls: AsyncSequence & Sendable>(_ calls: Calls) where Calls.Element == BatchCall {
        task.withLockedValue { task in
            if task == nil { task = Task { await self.run(calls) } }
        }
    }

    /// Calls in flight and answers that nobody has taken.
    package var unanswered: Int { state.withLockedValue { $0.unanswered } }

    /// Those of them that are queued or run, or have an answer.
    package var inFlight: Int { state.withLockedValue { $0.inFlight } }

    /// Queues no call any more that waits because a lane or the space is full: it is as if it had not been read.
    package func stopQueueing() { state.withLockedValue { $0.isStopped = true } }

    /// Whether an answer waits to be taken.
    package var hasReady: Bool { state.withLockedValue { $0.hasReady } }

    /// Takes all calls back that have no outcome yet, and reads no more. Their answers still come.
    package func cancel() {
        task.withLockedValue { $0?.cancel() }
        wakeReader()
    }

    /// Ends the answers here and now. What is in flight is neither waited for nor taken back: with a name it has its outcome in
    /// Redis, where the next one who asks finds it.
    package func leave() {
        wake { $0.isLeft = true }
        wakeReader()
    }

    /// The next answer; `nil` behind the last one.
    ///
    /// - Throws: What reading the calls threw, when all that was read before is answered; ``MCPStoreError`` where the batch cannot
    ///   go on; `CancellationError` where the taker's task is cancelled, and with it the batch.
    package func next() async throws -> BatchAnswer? {
        while true {
            if Task.isCancelled {
                cancel()
                throw CancellationError()
            }
            switch state.withLockedValue({ $0.take() }) {
            case .answer(let answer):
                wakeReader()
                return answer
            case .failure(let error): throw error
            case .end: return nil
            case .nothing: await waitForNews()
            }
        }
    }

    private func waitForNews() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isNews = state.withLockedValue { state in
                    if state.hasNews || Task.isCancelled { return true }
                    state.taker = continuation
                    return false
                }
                if isNews { continuation.resume() }
            }
        } onCancel: {
            state.withLockedValue { $0.taker.take() }?.resume()
        }
    }

    // MARK: Reading and calling

    private func run<Calls: AsyncSequence & Sendable>(_ calls: Calls) async where Calls.Element == BatchCall {
        let outside = BatchCaller.Outside(
            isStopped: { self.state.withLockedValue { $0.isStopped } },
            waits: { waits in self.state.withLockedValue { $0.outside += waits ? 1 : -1 } }
        )
        await withDiscardingTaskGroup { group in
            do {
                var iterator = calls.makeAsyncIterator()
                while await takePlace(), let call = try await iterator.next(isolation: #isolation) {
                    let (index, caller) = (begin(), caller)
                    // Nothing is awaited for it, and files may hold many lines that are wrong.
                    if let problem = call.problem {
                        ended(.answered(BatchAnswer(call, index: index, .failure(problem))))
                        continue
                    }
                    group.addTask { self.ended(await caller.run(call, index: index, outside)) }
                }
            } catch {
                // What is cancelled has no error of its own.
                if !Task.isCancelled { state.withLockedValue { $0.readError = error } }
            }
        }
        wake { $0.isOver = true }
    }

    private func begin() -> Int {
        state.withLockedValue { state in
            defer { state.begun += 1 }
            return state.begun
        }
    }

    private func ended(_ ending: BatchCaller.Ending) {
        wake { state in
            switch ending {
            case .answered(let answer): state.add(answer, inOrder: options.isOrdered)
            case .gaveUp(let error): if state.failure == nil { state.failure = error }
            case .dropped: state.dropped += 1
            }
        }
    }

    /// Waits until one more call may be in flight.
    ///
    /// - Returns: Whether one may; no more are read otherwise.
    private func takePlace() async -> Bool {
        while true {
            if Task.isCancelled { return false }
            let (isFree, isEnded) = state.withLockedValue { ($0.isFree(options.inFlight), $0.isEnded) }
            if isEnded { return false }
            if isFree { return true }
            await withCheckedContinuation { continuation in
                let isFree = state.withLockedValue { state in
                    if state.isFree(options.inFlight) || state.isEnded || Task.isCancelled { return true }
                    state.reader = continuation
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
    }

    private func wakeReader() {
        state.withLockedValue { $0.reader.take() }?.resume()
    }

    /// Changes something and wakes the taker; the reader too, who is to end where the batch has failed.
    private func wake(_ change: (inout BatchState) -> Void) {
        let (taker, reader) = state.withLockedValue { state in
            change(&state)
            return (state.hasNews ? state.taker.take() : nil, state.isEnded ? state.reader.take() : nil)
        }
        taker?.resume()
        reader?.resume()
    }
}
