import Foundation
import Glibc
import MCPStore
import MCPStoreQueue

/// The batch that a command is about: by the file of its answers, or by its id.
enum BatchTarget {
    /// Opens the journal of a batch whose files are on this machine.
    ///
    /// - Throws: ``CommandFailure``, ``MCPStoreError`` (`unknownBatch`).
    static func journal(_ name: String, _ context: StoreContext) async throws -> (BatchJournal, BatchJournal.Past) {
        let path = BatchPlan.absolute(name)
        if let found = try BatchJournal.open(BatchPlan.journal(of: path)) { return try checked(found, path, context) }
        guard access(path, F_OK) != 0 else {
            throw CommandFailure(status: .usage, message: "there is no journal \(BatchPlan.journal(of: path)) beside the answers")
        }
        let record = try await context.batchRecord(name)
        guard record.upload == nil else {
            throw CommandFailure(
                status: .usage,
                message:
                    "batch \(name) was uploaded: it goes on by itself, and has no files here. Over REST, POST …/batches/\(name)/retry-failed asks what failed again, and GET …/batches/\(name)/answers has the answers"
            )
        }
        guard record.output != "-" else {
            throw CommandFailure(status: .usage, message: "the answers of batch \(name) went into a pipe: it cannot be resumed")
        }
        guard let found = try BatchJournal.open(BatchPlan.journal(of: record.output)), found.past.plan.id == record.id else {
            throw CommandFailure(
                status: .usage,
                message: "the files of batch \(name) are not on this machine: they are \(record.output) on \(record.host)"
            )
        }
        return try checked(found, record.output, context)
    }

    /// The files may have been moved since: they are where they were found.
    private static func checked(
        _ found: (journal: BatchJournal, past: BatchJournal.Past),
        _ output: String,
        _ context: StoreContext
    ) throws -> (BatchJournal, BatchJournal.Past) {
        var past = found.past
        past.plan.output = output
        if past.plan.input != "-", access(past.plan.input, F_OK) != 0 {
            let name = URL(filePath: past.plan.input).lastPathComponent
            let beside = URL(filePath: output).deletingLastPathComponent().appending(path: name).path(percentEncoded: false)
            // Whether it is the same file is checked later.
            if access(beside, F_OK) == 0 { past.plan.input = beside }
        }
        guard past.plan.space == context.store.space else {
            throw CommandFailure(
                status: .usage,
                message:
                    "it is a batch of the space \(past.plan.space), not of \(context.store.space): use --namespace and --dataspace"
            )
        }
        guard past.plan.agent == context.agent else {
            let agent = past.plan.agent.map { "use --agent \($0)" } ?? "leave out --agent"
            throw CommandFailure(status: .usage, message: "it is a batch of another agent: \(agent)")
        }
        return (found.journal, past)
    }
}
