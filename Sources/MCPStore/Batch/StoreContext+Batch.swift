import MCPStoreQueue

extension StoreContext {
    /// Makes many calls in the `batch` lane and gives the answer of each as it comes.
    ///
    ///     let calls = ["Oslo", "Bergen"].map { BatchCall(id: .string($0), tool: "get_weather", arguments: ["city": .string($0)]) }
    ///     for try await answer in try context.batch(calls) {
    ///         print(answer.id, answer.outcome, answer.result?.text ?? answer.error?.message ?? "")
    ///     }
    ///
    /// Calls are read as there is room for them: never more than ``BatchOptions/inFlight`` are queued, running, or answered and
    /// not taken, however many there are. Where the queue is full or Redis is away, calls wait; that is no error. A call that is
    /// wrong in itself is answered as `invalid`, and the others go on.
    ///
    /// - Parameters:
    ///   - calls: Read once, from the first answer that is asked for on.
    ///   - options: How many at once, in which order, how long; and a name, by which calls become durable
    ///     (``BatchOptions/name``).
    /// - Returns: As many answers as calls were read. It may be iterated once.
    /// - Throws: ``MCPStoreError`` (`invalidArguments`) where the options are wrong.
    public func batch<Calls: AsyncSequence & Sendable>(
        _ calls: Calls,
        _ options: BatchOptions = BatchOptions()
    ) throws(MCPStoreError) -> BatchAnswers where Calls.Element == BatchCall {
        let run = try makeBatch(options)
        return BatchAnswers(run) { run.start(calls) }
    }

    /// The same for calls that are all there.
    ///
    /// - Throws: as ``batch(_:_:)``.
    public func batch(_ calls: [BatchCall], _ options: BatchOptions = BatchOptions()) throws(MCPStoreError) -> BatchAnswers {
        try batch(ReadyCalls(calls: calls), options)
    }

    /// A batch that is to be started, for who steers it.
    package func makeBatch(_ options: BatchOptions) throws(MCPStoreError) -> BatchRun {
        try options.check()
        return BatchRun(caller: BatchCaller(context: self, options: options), options: options)
    }
}

extension MCPStore {
    /// Makes many calls of the store's services: see ``StoreContext/batch(_:_:)``.
    ///
    /// - Throws: ``MCPStoreError`` (`invalidArguments`) where the options are wrong.
    public func batch<Calls: AsyncSequence & Sendable>(
        _ calls: Calls,
        _ options: BatchOptions = BatchOptions()
    ) throws(MCPStoreError) -> BatchAnswers where Calls.Element == BatchCall {
        try forStore().batch(calls, options)
    }
}

/// An array of calls as a sequence that is waited for.
private struct ReadyCalls: AsyncSequence, Sendable {
    struct AsyncIterator: AsyncIteratorProtocol {
        var calls: IndexingIterator<[BatchCall]>

        mutating func next() async -> BatchCall? { calls.next() }
    }

    let calls: [BatchCall]

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(calls: calls.makeIterator()) }
}
