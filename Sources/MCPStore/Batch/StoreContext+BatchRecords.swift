import MCPStoreQueue

/// What is known of batches in the space, for commands.
extension StoreContext {
    /// The batches of the space, those with the last news first.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`); `rejected` without Redis.
    package func batches(limit: Int) async throws(MCPStoreError) -> [BatchRecord] {
        let batches = try batchRecords
        var records = try await storeErrors { () throws(QueueError) in try await batches.list(limit: limit) }
        // Nobody counts what was uploaded but who asks.
        for index in records.indices where records[index].upload != nil && records[index].status == .running {
            if let counted = try await countedBatch(records[index].id) { records[index] = counted }
        }
        return records
    }

    /// One of them.
    ///
    /// - Throws: ``MCPStoreError``: `unknownBatch`, `redis`.
    package func batchRecord(_ id: String) async throws(MCPStoreError) -> BatchRecord {
        guard let record = try await findBatch(id) else {
            throw MCPStoreError(
                .unknownBatch,
                "there is no batch '\(id.oneLine.prefix(120))' in \(place): batches are known for 7 days after their last news"
            )
        }
        return record
    }

    /// The same; `nil` where there is none.
    package func findBatch(_ id: String) async throws(MCPStoreError) -> BatchRecord? {
        let batches = try batchRecords
        let record = try await storeErrors { () throws(QueueError) in try await batches.batch(id) }
        return record?.upload == nil ? record : try await countedBatch(id)
    }

    /// Says how far a batch has come.
    ///
    /// - Parameters:
    ///   - run: The name of this life of the batch, and `earlier`: of those that it goes on with.
    /// - Returns: When its record was made, whether it is to be cancelled, and when to ask again, in milliseconds, where an earlier one
    ///   may be alive.
    /// - Throws: ``MCPStoreError``: `conflict` where another command has gone on with the batch; `redis`.
    package func report(
        _ record: BatchRecord,
        run: String,
        after earlier: [String] = []
    ) async throws(MCPStoreError) -> (created: Int, isCancelling: Bool, wait: Int) {
        let batches = try batchRecords
        return try await storeErrors { () throws(QueueError) in try await batches.put(record, run: run, after: earlier) }
    }

    /// Asks the command that runs a batch to cancel it.
    ///
    /// - Returns: Whether there is such a batch.
    package func cancelBatch(_ id: String) async throws(MCPStoreError) -> Bool {
        let batches = try batchRecords
        return try await storeErrors { () throws(QueueError) in try await batches.cancel(id) }
    }

    /// Takes that back.
    package func resumeBatch(_ id: String) async throws(MCPStoreError) {
        let batches = try batchRecords
        try await storeErrors { () throws(QueueError) in try await batches.resume(id) }
    }

    /// The record of a call, by which ``forgetCalls(_:)`` finds it; `nil` where the call has none, or no tool.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func recordID(of call: BatchCall, _ options: BatchOptions) async throws(MCPStoreError) -> String? {
        guard call.problem == nil, let number = call.number, let key = options.key(of: number) else { return nil }
        do throws(MCPStoreError) {
            let target = try await resolve(call.tool, service: call.service)
            return Job.record(service: target.service.name, method: Job.usualMethod, name: target.tool, key: key)
        } catch {
            guard error.code == .unknownTool || error.code == .ambiguousTool else { throw error }
            return nil
        }
    }

    /// Deletes the records of calls whose answers are kept elsewhere now.
    package func forgetCalls(_ records: [String]) async throws(MCPStoreError) {
        let batches = try batchRecords
        try await storeErrors { () throws(QueueError) in try await batches.forget(records) }
    }

    private var batchRecords: RedisBatches {
        get throws(MCPStoreError) {
            guard let batches = backend.batches else {
                throw MCPStoreError(.rejected, "a store in memory keeps no records of batches")
            }
            return batches
        }
    }
}
