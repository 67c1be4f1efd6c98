import MCPStoreQueue

/// Work on many items over one multiplexed connection.
enum Concurrently {
    /// Runs `body` for each item, at most `width` at a time, so that their commands share round trips.
    ///
    /// - Throws: The first error; no further item is begun after it, those that run are waited for.
    static func forEach<Item: Sendable>(
        _ items: some Collection<Item>,
        width: Int = 32,
        _ body: @escaping @Sendable (Item) async throws(QueueError) -> Void
    ) async throws(QueueError) {
        var remaining = items.makeIterator()
        let failure = await withTaskGroup(of: QueueError?.self) { group -> QueueError? in
            var failure: QueueError?
            for _ in 0..<width {
                guard let item = remaining.next() else { break }
                group.addTask { await attempt(item, body) }
            }
            while let result = await group.next() {
                failure = failure ?? result
                if failure == nil, let item = remaining.next() { group.addTask { await attempt(item, body) } }
            }
            return failure
        }
        if let failure { throw failure }
    }

    private static func attempt<Item: Sendable>(
        _ item: Item,
        _ body: @Sendable (Item) async throws(QueueError) -> Void
    ) async -> QueueError? {
        do throws(QueueError) {
            try await body(item)
            return nil
        } catch {
            return error
        }
    }
}
