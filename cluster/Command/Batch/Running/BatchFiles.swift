import Foundation
import Glibc
import MCPStore

/// The files of a batch, opened: what an earlier command has left, and where this one goes on.
struct BatchFiles: Sendable {
    /// How a command meets files that are there already.
    enum Mode: Sendable {
        /// There must be none.
        case begin
        /// They are thrown away.
        case overwrite
        /// The batch goes on; where there is none, it begins.
        case resume
    }

    var plan: BatchPlan
    var journal: BatchJournal?
    var output: AnswerFile
    var feed: BatchFeed
    var outcomes: [String: Int] = [:]
    /// Answers that are not `ok` of calls that may be made again without harm.
    var safe = 0
    var round = 1
    /// When the record in Redis was made; 0 where there was none.
    var record = 0
    /// The commands that have worked on it.
    var runs: [String] = []
    /// Whether nothing is left to be done.
    var isFinished = false

    /// - Parameter check: Looks at the first call of a batch that begins, so that the wrong file is not answered line by line.
    /// - Throws: ``CommandFailure``, and what `check` throws: then nothing was written.
    static func open(
        _ plan: BatchPlan,
        _ mode: Mode,
        check: (BatchCall) async throws -> Void
    ) async throws -> BatchFiles {
        let path = BatchPlan.journal(of: plan.output)
        if plan.output != "-" {
            if mode == .resume, let (journal, past) = try BatchJournal.open(path) {
                return try await resume(plan, journal, past, readsAgain: true)
            }
            try checkPlace(of: plan, path, mode)
        } else if mode == .resume {
            throw CommandFailure(status: .usage, message: "--resume needs a file of answers: name one with --out FILE")
        }
        var reader = try await CallReader(plan)
        let first = try await reader.next()
        if let first { try await check(first) }
        // Only now: nothing is thrown away for a batch that does not begin.
        if plan.output != "-" { try clear(plan.output, path, mode) }
        let output = try AnswerFile(path: plan.output, isNew: true)
        let journal = plan.output == "-" ? nil : try await BatchJournal.create(path, plan)
        return BatchFiles(
            plan: plan,
            journal: journal,
            output: output,
            feed: BatchFeed(reader, first: first, past: .init(), journal: journal)
        )
    }

    /// Checks that a batch may begin where its answers are to be.
    private static func checkPlace(of plan: BatchPlan, _ journal: String, _ mode: Mode) throws {
        let output = plan.output
        var (info, calls) = (stat(), stat())
        let isThere = stat(output, &info) == 0
        if isThere, info.st_mode & S_IFMT != S_IFREG {
            throw CommandFailure(
                status: .usage,
                message: "\(output) is no regular file: name another one with --out, or write to standard output with --out -"
            )
        }
        for path in [output, journal] where plan.input != "-" && stat(plan.input, &calls) == 0 {
            var other = stat()
            guard stat(path, &other) == 0, other.st_dev == calls.st_dev, other.st_ino == calls.st_ino else { continue }
            throw CommandFailure(status: .usage, message: "\(path) holds the calls: name another file for the answers with --out")
        }
        let hasJournal = access(journal, F_OK) == 0
        guard isThere || hasJournal else { return }
        switch mode {
        case .begin:
            let hint = hasJournal ? "--resume goes on with it, --overwrite begins anew" : "--overwrite replaces it"
            throw CommandFailure(status: .usage, message: "\(output) is there already: \(hint)")
        // A command that died before it had a journal has left an empty file.
        case .resume where info.st_size > 0:
            throw CommandFailure(
                status: .usage,
                message: "\(output) cannot be resumed: there is no journal \(journal); --overwrite begins anew"
            )
        case .resume, .overwrite: break
        }
    }

    /// Makes room for a batch that begins.
    private static func clear(_ output: String, _ journal: String, _ mode: Mode) throws {
        // Not under the hands of another command.
        if mode == .overwrite, access(journal, F_OK) == 0 { _ = try BatchJournal.lockOnly(journal) }
        for path in [output, journal] where unlink(path) != 0 && errno != ENOENT {
            throw FileFailure.cannot("be removed", path)
        }
    }

    /// Goes on with a batch. Lines that were added to the file of calls since it was finished belong to it.
    ///
    /// - Parameters:
    ///   - readsAgain: Whether somebody gives the lines again that came through a pipe, also of a batch that is finished.
    ///   - verified: What ``BatchFeed/verify(_:read:digest:)`` has said of the file of calls; `nil`: it is asked.
    static func resume(
        _ given: BatchPlan,
        _ journal: BatchJournal,
        _ past: BatchJournal.Past,
        readsAgain: Bool = false,
        verified: Bool? = nil
    ) async throws -> BatchFiles {
        if let difference = given.difference(from: past.plan) {
            throw CommandFailure(
                status: .usage,
                message: "\(given.output) belongs to another batch: \(difference); mcpstore batch resume goes on as it was begun"
            )
        }
        var plan = given
        plan.id = past.plan.id
        // Before anything is changed.
        var mayHaveMore = verified ?? readsAgain
        if verified == nil, plan.input != "-" {
            mayHaveMore = try await BatchFeed.verify(plan, read: past.read, digest: past.digest)
        }
        var synced = past.synced
        if past.isRetryOpen {
            try await AnswerSieve.drop(from: plan.output) { past.retry.isMeant($0.outcome, isSafeToRetry: $0.isSafeToRetry) }
            synced = 0
        }
        if access(plan.output, F_OK) != 0, synced == 0 { _ = try AnswerFile(path: plan.output, isNew: true) }
        let scan = try await AnswerScan(plan.output, synced: synced)
        if past.isRetryOpen {
            try await journal.append(["retried": .integer(past.round), "synced": .integer(scan.bytes)])
        }
        let known = BatchFeed.Past(
            answered: scan.answered,
            unsynced: scan.unsynced,
            // What was added to a batch that is finished was never submitted, and the journal must say that it is not finished before it is.
            submits: past.isFinished ? past.read : past.submits,
            unseen: plan.input == "-" && past.read > 0 ? (past.read, past.digest) : nil,
            doubtful: past.doubtful,
            hasUnsafeRounds: past.hasUnsafeRounds
        )
        var reader = try await CallReader(plan, watched: known.unseen?.read)
        var (skipped, next) = (0, nil as BatchCall?)
        // A batch that is finished stays so until it is known that these are its calls, and that there are more.
        if past.isFinished, mayHaveMore, let (read, digest) = known.unseen {
            (skipped, next) = try await BatchFeed.passOver(&reader, read: read, digest: digest)
            mayHaveMore = next != nil
        }
        return BatchFiles(
            plan: plan,
            journal: journal,
            output: try AnswerFile(path: plan.output, keeping: scan.bytes, isNew: false),
            feed: BatchFeed(reader, first: next, skipped: skipped, past: known, journal: journal),
            outcomes: scan.outcomes,
            safe: scan.safe,
            round: past.round,
            record: past.record,
            runs: past.runs,
            isFinished: past.isFinished && !mayHaveMore
        )
    }
}
