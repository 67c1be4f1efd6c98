import CHiredis

/// A reply of hiredis. Elements are looked at in place; the last of them frees it.
final class FloorReply {
    private let root: UnsafeMutablePointer<redisReply>

    init(owned root: UnsafeMutablePointer<redisReply>) { self.root = root }
    deinit { freeReplyObject(root) }

    var value: Value { Value(root, of: self) }
    var error: String? { root.pointee.type == REDIS_REPLY_ERROR ? value.text : nil }

    /// One value of a reply. It keeps the reply: an object may be released after its last use, not at the end of a scope.
    struct Value {
        fileprivate let reply: UnsafeMutablePointer<redisReply>
        private let owner: FloorReply

        fileprivate init(_ reply: UnsafeMutablePointer<redisReply>, of owner: FloorReply) {
            self.reply = reply
            self.owner = owner
        }

        var count: Int { reply.pointee.type == REDIS_REPLY_ARRAY ? Int(reply.pointee.elements) : 0 }
        /// Of an integer reply.
        var integer: Int { withExtendedLifetime(owner) { Int(reply.pointee.integer) } }
        var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
        func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            withExtendedLifetime(owner) {
                body(
                    UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.str == nil ? 0 : Int(reply.pointee.len))
                )
            }
        }

        subscript(index: Int) -> Value {
            guard index < count, let element = reply.pointee.element[index] else {
                preconditionFailure("a reply of Redis has another shape than its command")
            }
            return Value(element, of: owner)
        }
    }

    /// Looks at the entries of the one stream that was read, which are there until `body` returns; `nil` where the wait was over.
    func withEntries<Result>(_ body: (Entries) throws -> Result) rethrows -> Result? {
        let value = value
        guard value.count == 1 else { return nil }
        return try withExtendedLifetime(self) { try body(Entries(value[0][1].reply)) }
    }

    /// Entries of a stream, `[id, [field, value, …]]` each. Without a reference to their reply, whose counting would be a tenth of
    /// the work on a job.
    struct Entries {
        private let entries: UnsafeMutablePointer<redisReply>

        fileprivate init(_ entries: UnsafeMutablePointer<redisReply>) { self.entries = entries }

        var count: Int { Int(entries.pointee.elements) }
        /// The id of an entry.
        func id(_ index: Int) -> UnsafeRawBufferPointer { Self.bytes(part(index, 0)) }
        /// The value of an entry's first field.
        func value(_ index: Int) -> UnsafeRawBufferPointer { Self.bytes(Self.element(part(index, 1), 1)) }

        private func part(_ index: Int, _ part: Int) -> UnsafeMutablePointer<redisReply> {
            Self.element(Self.element(entries, index), part)
        }

        private static func element(_ array: UnsafeMutablePointer<redisReply>, _ index: Int) -> UnsafeMutablePointer<redisReply> {
            guard array.pointee.type == REDIS_REPLY_ARRAY, index < Int(array.pointee.elements),
                let element = array.pointee.element[index]
            else { preconditionFailure("a reply of Redis has another shape than its command") }
            return element
        }

        private static func bytes(_ reply: UnsafeMutablePointer<redisReply>) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.str == nil ? 0 : Int(reply.pointee.len))
        }
    }
}
