import CHiredis
import NIOCore

/// Receives the callbacks of hiredis' reader and lays the elements of replies on one tape over one arena.
///
/// A pointer to it is the reader's `privdata`: a callback comes for every element, and must cost neither a reference count nor a
/// check of exclusive access. All replies that become complete in one slice of input share the arena and the tape, so a
/// burst of small replies costs two allocations, or none when nobody kept them.
struct ReplyBuilder {
    /// An array whose elements are still coming.
    private struct OpenArray {
        /// Its token, or -1 for the root, which is not on the tape.
        var index: Int
        var missing: Int
    }

    /// Above this size a buffer is given back rather than kept for the next replies.
    private static let keptCapacity = 64 * 1024

    private let maximumTokens: Int
    private var arena = ByteBuffer()
    private var tape: [RESPToken] = []
    private var open: [OpenArray] = []
    private var root = RESPToken.null
    private var complete: [RESPToken] = []
    private var arenaStart = 0
    private var tapeStart = 0
    /// Set when a reply has more elements than allowed; nothing is added from then on.
    private(set) var hasTooManyElements = false

    init(maximumTokens: Int) {
        self.maximumTokens = maximumTokens
    }

    /// Called when hiredis says that the reply being built is complete.
    mutating func finishReply() {
        self.complete.append(self.root)
        self.arenaStart = self.arena.writerIndex
        self.tapeStart = self.tape.count
    }

    /// How many replies are complete.
    var completeCount: Int { self.complete.count }

    /// A complete reply, in their order.
    func reply(_ position: Int) -> RESPReply {
        RESPReply(token: self.complete[position], tape: self.tape, arena: self.arena)
    }

    /// Forgets the complete replies, and keeps the part of an incomplete one for the next slice.
    mutating func dropDelivered() {
        self.complete.removeAll(keepingCapacity: true)
        let partialBytes = self.arena.writerIndex - self.arenaStart
        let partialTokens = self.tape.count - self.tapeStart
        let oldArena = partialBytes > 0 ? self.arena : nil
        // clear() keeps the storage when no reply holds it any more, and takes new storage of the same size otherwise.
        if self.arena.capacity > Self.keptCapacity { self.arena = ByteBuffer() } else { self.arena.clear() }
        if let oldArena, let partial = oldArena.getSlice(at: self.arenaStart, length: partialBytes) {
            self.arena.writeImmutableBuffer(partial)
        }
        if partialTokens > 0 {
            self.tape = self.tape[self.tapeStart...].map { $0.rebased(bytes: self.arenaStart, tokens: self.tapeStart) }
        } else if self.tape.capacity * MemoryLayout<RESPToken>.stride > Self.keptCapacity {
            self.tape = []
        } else {
            self.tape.removeAll(keepingCapacity: true)
        }
        self.root = self.open.isEmpty ? .null : self.root.rebased(bytes: self.arenaStart, tokens: self.tapeStart)
        for position in self.open.indices where self.open[position].index >= 0 { self.open[position].index -= self.tapeStart }
        self.arenaStart = 0
        self.tapeStart = 0
    }

    private mutating func string(_ kind: RESPReply.Kind, _ bytes: UnsafeRawBufferPointer) {
        let token = RESPToken(kind: kind, count: UInt32(bytes.count), low: UInt32(self.arena.writerIndex), high: 0)
        self.arena.writeBytes(bytes)
        self.add(token, elements: 0)
    }

    private mutating func array(_ count: Int) {
        // The elements of the root start where the tape ends now; those of a nested array follow its own token.
        let first = self.open.isEmpty ? self.tape.count : self.tape.count + 1
        self.add(RESPToken(kind: .array, count: UInt32(count), low: UInt32(first), high: 0), elements: count)
    }

    private mutating func add(_ token: RESPToken, elements: Int) {
        guard !self.hasTooManyElements else { return }
        var index = -1
        if self.open.isEmpty {
            self.root = token
        } else {
            guard self.tape.count - self.tapeStart < self.maximumTokens else {
                self.hasTooManyElements = true
                return
            }
            index = self.tape.count
            self.open[self.open.count - 1].missing -= 1
            self.tape.append(token)
            if token.kind == .array, elements == 0 { self.tape[index].high = UInt32(self.tape.count) }
        }
        if elements > 0 { self.open.append(OpenArray(index: index, missing: elements)) }
        while let last = self.open.last, last.missing == 0 {
            self.open.removeLast()
            if last.index >= 0 { self.tape[last.index].high = UInt32(self.tape.count) }
        }
    }
}

extension ReplyBuilder {
    /// What the callbacks return: hiredis only asks that it is not NULL, and it is never dereferenced.
    private static var token: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 1) }

    private static func of(_ task: UnsafePointer<redisReadTask>?) -> UnsafeMutablePointer<ReplyBuilder>? {
        task?.pointee.privdata?.assumingMemoryBound(to: ReplyBuilder.self)
    }

    /// hiredis' table of callbacks; field by field, so that it compiles against hiredis 0.14 and 1.x alike.
    ///
    /// Unchecked because it is a raw pointer: it is written once, before anybody can see it, and hiredis only reads it.
    nonisolated(unsafe) static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        var functions = redisReplyObjectFunctions()
        functions.createString = { task, bytes, count in
            guard let task, let builder = ReplyBuilder.of(task) else { return nil }
            let kind: RESPReply.Kind =
                switch task.pointee.type {
                case REDIS_REPLY_STATUS: .status
                case REDIS_REPLY_ERROR: .error
                default: .string
                }
            builder.pointee.string(kind, UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            return ReplyBuilder.token
        }
        functions.createArray = { task, count in
            ReplyBuilder.of(task)?.pointee.array(Int(count))
            return ReplyBuilder.token
        }
        functions.createInteger = { task, value in
            ReplyBuilder.of(task)?.pointee.add(.integer(Int64(value)), elements: 0)
            return ReplyBuilder.token
        }
        functions.createNil = { task in
            ReplyBuilder.of(task)?.pointee.add(.null, elements: 0)
            return ReplyBuilder.token
        }
        functions.freeObject = { _ in }
        let table = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        table.initialize(to: functions)
        return table
    }()
}
