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
        private let reply: UnsafeMutablePointer<redisReply>
        private let owner: FloorReply

        fileprivate init(_ reply: UnsafeMutablePointer<redisReply>, of owner: FloorReply) {
            self.reply = reply
            self.owner = owner
        }

        var count: Int { reply.pointee.type == REDIS_REPLY_ARRAY ? Int(reply.pointee.elements) : 0 }
        /// Of an integer reply.
        var integer: Int { withExtendedLifetime(owner) { Int(reply.pointee.integer) } }
        var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
        /// Decimal digits as a number.
        var number: Int {
            withBytes { $0.reduce(0) { $0 * 10 + Int($1 &- 48) } }
        }

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

    /// The entries of the one stream that was read; `nil` where the wait was over.
    var entries: Value? { value.count == 1 ? value[0][1] : nil }
}
