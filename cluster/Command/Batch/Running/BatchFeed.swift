import MCPStore
import MCPStoreQueue
import NIOConcurrencyHelpers
import NIOCore

/// The calls of a batch that have no answer yet, as it reads them. Before a call is given on, the journal says that it may be.
final class BatchFeed: AsyncSequence, Sendable {
    typealias Element = BatchCall

    /// Lines that the journal is ahead of what is submitted: one sync of the disk for so many.
    private static let ahead = 1000

    private struct State {
        /// Calls that were read, answered ones included.
        var calls = 0
        /// Bytes of the file.
        var bytes = 0
        /// The last line whose call may have been submitted.
        var submits: Int
        var doubtful: Int
        var isAtEnd = false
        var isStopped = false
        /// Calls that are answered, and of which Redis may still have records; without their arguments.
        var kept: [BatchCall] = []
    }

    /// What the batch knows from an earlier life of it.
    struct Past: Sendable {
        var answered = RangeSet<Int>()
        var unsynced = RangeSet<Int>()
        var submits = 0
        /// The first lines have this digest, where they were not looked at yet.
        var unseen: (read: Int, digest: String)?
        var doubtful = 0
        /// Whether calls may have run in an earlier round that the answers do not speak of.
        var hasUnsafeRounds = false
    }

    private let reader: CallReader
    /// The first call, where it was read already.
    private let first: BatchCall?
    private let past: Past
    private let journal: BatchJournal?
    private let state: NIOLockedValueBox<State>

    /// - Parameters:
    ///   - first: The call that was read last, where it is still to be asked.
    ///   - skipped: Calls that were read before it.
    init(_ reader: CallReader, first: BatchCall?, skipped: Int = 0, past: Past, journal: BatchJournal?) {
        self.reader = reader
        self.first = first
        self.past = past
        self.journal = journal
        state = NIOLockedValueBox(State(calls: skipped, submits: past.submits, doubtful: past.doubtful))
    }

    /// Whether an earlier command may have had a call in hand. One that was only frozen may still send it, and must then find the record of
    /// its run.
    func mayBeSentAgain(_ line: Int) -> Bool { line <= past.submits }

    /// Reads no more.
    func stop() { state.withLockedValue { $0.isStopped = true } }

    var isStopped: Bool { state.withLockedValue { $0.isStopped } }
    var isAtEnd: Bool { state.withLockedValue { $0.isAtEnd } }
    /// Calls that were read, answered ones included.
    var calls: Int { state.withLockedValue { $0.calls } }
    /// How many there are in all; `nil` while nobody can tell, an estimate until the end is read.
    var total: Int? {
        state.withLockedValue { state in
            if state.isAtEnd { return state.calls }
            guard let size = reader.size, state.bytes > 0 else { return nil }
            return Swift.max(Int(Double(state.calls) * Double(size) / Double(state.bytes)), state.calls)
        }
    }

    /// All that was submitted so far is forgotten by Redis: for what is read from now on, that is what earlier commands submitted.
    ///
    /// - Returns: The last line that the next command has to doubt.
    func lostRecords() -> Int {
        state.withLockedValue { state in
            state.doubtful = Swift.max(state.doubtful, past.submits)
            return Swift.max(state.doubtful, state.submits)
        }
    }

    /// Calls that are answered, and of which Redis may still have records. They are told once.
    func takeKept() -> [BatchCall] {
        state.withLockedValue { state in
            defer { state.kept = [] }
            return state.kept
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(feed: self, reader: reader, first: first) }

    /// Reads on.
    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let feed: BatchFeed
        fileprivate var reader: CallReader
        fileprivate var first: BatchCall?

        mutating func next() async throws -> BatchCall? {
            while !feed.isStopped {
                let read: BatchCall?
                if let first {
                    read = first
                    self.first = nil
                } else {
                    read = try await reader.next()
                }
                // Answered as none it could never be asked once it is whole: the journal holds the lines that were read.
                if let read, read.problem != nil, reader.endsOpen { throw BatchFeed.cutOff(read) }
                feed.state.withLockedValue { state in
                    state.bytes = reader.offset
                    if read == nil { state.isAtEnd = true } else { state.calls += 1 }
                }
                try feed.check(reader, isAtEnd: read == nil)
                if read == nil { try feed.noteEnd(reader) }
                guard var call = read, let line = call.number else { return nil }
                if feed.past.answered.contains(line) {
                    if feed.past.unsynced.contains(line) { feed.keep(call) }
                    continue
                }
                let (submits, doubtful) = feed.state.withLockedValue { ($0.submits, $0.doubtful) }
                if line > submits { try await feed.mark(line, reader) }
                call.isDoubtful = line <= doubtful
                call.mayHaveRunBefore = feed.past.hasUnsafeRounds
                call.mayBeQueued = feed.mayBeSentAgain(line)
                return call
            }
            return nil
        }
    }

    private func keep(_ call: BatchCall) {
        var call = call
        call.arguments.clear()
        state.withLockedValue { $0.kept.append(call) }
    }

    /// All of the file is known now, not only what was read at the last mark.
    private func noteEnd(_ reader: CallReader) throws {
        try journal?.note(["read": .integer(reader.line), "digest": .string(reader.digest)])
    }

    private func mark(_ line: Int, _ reader: CallReader) async throws {
        guard let journal else { return }
        let submits = line + Self.ahead
        try await journal.append([
            "submits": .integer(submits), "read": .integer(reader.line), "digest": .string(reader.digest),
        ])
        state.withLockedValue { $0.submits = submits }
    }

    /// Lines that come through a pipe again must be the same.
    private func check(_ reader: CallReader, isAtEnd: Bool) throws {
        guard let (read, digest) = past.unseen, reader.line >= read || isAtEnd else { return }
        try Self.check("standard input", reader.line, read, reader.hasDigest(digest))
    }

    /// - Throws: ``CommandFailure`` (usage) where what was read again is not what was read then.
    private static func check(_ name: String, _ lines: Int, _ read: Int, _ isSame: Bool) throws {
        guard lines < read || !isSame else { return }
        let what =
            lines < read
            ? "it has \(lines.counted("line")), where \(read) were read" : "its first \(read) lines have changed"
        throw CommandFailure(
            status: .usage,
            message: "\(name) is not what this batch began with: \(what); give the same calls, or begin anew with --overwrite"
        )
    }

    /// Passes over the calls of a batch that is finished, which come through a pipe again, before anything of it is changed.
    ///
    /// - Returns: How many there are, and the first one behind them.
    /// - Throws: ``CommandFailure`` (usage) where they are not what was read then.
    static func passOver(_ reader: inout CallReader, read: Int, digest: String) async throws -> (count: Int, next: BatchCall?) {
        var count = 0
        while true {
            let call = try await reader.next()
            if call == nil || reader.line > read {
                try check("standard input", reader.line, read, reader.hasDigest(digest))
                return (count, call)
            }
            count += 1
        }
    }

    private static func cutOff(_ call: BatchCall) -> CommandFailure {
        CommandFailure(
            status: .noAnswer,
            message:
                "line \(call.number ?? 0), the last of the calls, has no line feed and is no call: it is still being written, or the file was cut off. It was not asked, and is when it is whole"
        )
    }
}

extension BatchFeed {
    /// Looks whether the first lines of a file are still those that a batch has read.
    ///
    /// - Returns: Whether there are more behind them.
    /// - Throws: ``CommandFailure`` (usage) where they are not.
    static func verify(_ plan: BatchPlan, read: Int, digest: String) async throws -> Bool {
        let source = try ByteSource(path: plan.input)
        defer { source.close() }
        var lines = LineReader(source, longest: BatchCall.longestLine, watched: read)
        while lines.number < read, try await lines.next() != nil {}
        if read > 0 { try check(plan.input, lines.number, read, lines.hasDigest(digest)) }
        return try await lines.next() != nil
    }
}
