import Foundation
import Glibc
import MCPStore
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// The file beside the answers by which a batch goes on after its command died: JSON lines, appended and synced before what they
/// allow is done.
///
/// - `{"batch":…}` the plan, first of all.
/// - `{"run":name}` a command begins, or goes on: before it says so in Redis, where only the last one goes on.
/// - `{"submits":n,"read":m,"digest":…}` before any call of a line up to `n` is submitted; the first `m` lines have this digest.
/// - `{"read":m,"digest":…}` the same of all lines, at the end of the calls.
/// - `{"synced":bytes}` so much of the answers is on the disk, and Redis has no records of their calls any more. What lies behind
///   it may be torn.
/// - `{"record":t,"doubtful":n}` the batch's record in Redis was made at `t`; what was submitted up to line `n` belongs to an
///   earlier one, which was lost with all that Redis knew of those calls.
/// - `{"retry":r,"only":[outcome…],"safe":…}` round `r` asks again what failed, `{"retried":r}` when those answers are out of the file.
/// - `{"finished":true}`
///
/// The file is locked as long as a command has it open.
final class BatchJournal: Sendable {
    /// What the lines say together.
    struct Past: Sendable {
        var plan: BatchPlan
        var submits = 0
        var read = 0
        var digest = ""
        var synced = 0
        var record = 0
        var doubtful = 0
        var round = 1
        /// Whether the answers that are asked for again may still be in the file.
        var isRetryOpen = false
        var retry = RetrySelection()
        /// Whether a call may have run in an earlier round that the answers do not speak of.
        var hasUnsafeRounds = false
        var isFinished = false
        /// The last commands that worked on it, the newest at the end.
        var runs: [String] = []
    }

    let path: String
    private let descriptor: Int32

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    /// What tells this file from a copy of it.
    var identity: String {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { return "?" }
        return "\(ProcessInfo.processInfo.hostName.replacing(" ", with: "_")):\(info.st_dev):\(info.st_ino)"
    }

    /// Begins a journal.
    ///
    /// - Throws: ``CommandFailure`` where there is one already, or it cannot be written.
    static func create(_ path: String, _ plan: BatchPlan) async throws -> BatchJournal {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileFailure.cannot("be written", path) }
        let journal = BatchJournal(path: path, descriptor: descriptor)
        try journal.lock()
        try await journal.append(plan.json)
        try await FileSync.directory(of: path)
        return journal
    }

    /// Opens the journal of a batch that was begun. A last line that was torn is taken away.
    ///
    /// - Returns: `nil` where there is none.
    /// - Throws: ``CommandFailure``.
    static func open(_ path: String) throws -> (journal: BatchJournal, past: Past)? {
        let descriptor = Glibc.open(path, O_RDWR | O_APPEND | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw FileFailure.cannot("be opened", path) }
        let journal = BatchJournal(path: path, descriptor: descriptor)
        try journal.lock()
        guard let bytes = FileManager.default.contents(atPath: path) else { throw FileFailure.cannot("be read", path) }
        var past: Past?
        var end = 0
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            guard let entry = Self.read(line) else { break }
            if past == nil { past = BatchPlan(entry).map { Past(plan: $0) } }
            guard past != nil else { break }
            past?.add(entry)
            end += line.count + 1
        }
        guard let past else {
            throw CommandFailure(
                status: .usage,
                message: "\(path) is no journal of a batch, or of a newer version: begin anew with --overwrite"
            )
        }
        guard ftruncate(descriptor, off_t(end)) == 0 else { throw FileFailure.cannot("be written", path) }
        return (journal, past)
    }

    /// Locks a journal that is to be thrown away, whatever is in it.
    ///
    /// - Throws: ``CommandFailure`` where another command works with it.
    static func lockOnly(_ path: String) throws -> BatchJournal {
        let descriptor = Glibc.open(path, O_RDWR | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure.cannot("be opened", path) }
        let journal = BatchJournal(path: path, descriptor: descriptor)
        try journal.lock()
        return journal
    }

    private static func read(_ line: Data) -> JSONValue? {
        do { return try JSONValue(parsing: line) } catch { return nil }
    }

    private func lock() throws {
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        throw CommandFailure(
            status: .usage,
            message: "another command works on this batch: \(path) is locked; mcpstore batch list shows it"
        )
    }

    /// Appends a line and waits until it is on the disk.
    ///
    /// - Throws: ``CommandFailure``.
    func append(_ entry: JSONValue) async throws {
        try note(entry)
        try await FileSync.sync(descriptor, path)
    }

    /// Appends a line that may be lost.
    ///
    /// - Throws: ``CommandFailure``.
    func note(_ entry: JSONValue) throws {
        let bytes = Array((entry.description + "\n").utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw FileFailure.cannot("be written", path) }
    }
}

extension BatchJournal.Past {
    mutating func add(_ entry: JSONValue) {
        if let line = entry["submits"]?.integerValue {
            submits = line
            isFinished = false
        }
        if let lines = entry["read"]?.integerValue {
            read = lines
            digest = entry["digest"]?.stringValue ?? ""
        }
        if let bytes = entry["synced"]?.integerValue { synced = bytes }
        if let time = entry["record"]?.integerValue {
            record = time
            doubtful = entry["doubtful"]?.integerValue ?? 0
        }
        if let number = entry["retry"]?.integerValue {
            round = number
            isRetryOpen = true
            retry = RetrySelection(entry)
            if !retry.isSafe { hasUnsafeRounds = true }
            isFinished = false
            // Its keys are new: nothing was submitted under them.
            doubtful = 0
        }
        if let run = entry["run"]?.stringValue { runs = runs.suffix(99) + [run] }
        if entry["retried"] != nil { isRetryOpen = false }
        if entry["finished"] != nil { isFinished = true }
    }
}
