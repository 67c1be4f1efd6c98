import NIOCore

/// What a log line may show of a command: its first key and how many it names, the script, and whether it blocks on the
/// server. Key names are data of the system and may be seen; no other word of a command ever is.
struct CommandDescription: Sendable, Equatable {
    /// The first key; `nil` for commands without one and for commands that are not known here.
    var firstKey: String?
    /// How many keys it names; 0 where that is not known.
    var keyCount = 0
    /// The name of the script that it runs; `inline` for one that has none.
    var scriptName: String?
    /// Whether it waits on the server for something to come: its duration is no measure of Redis.
    var blocks = false

    /// How many bytes of a key are shown.
    private static let longestKey = 200

    /// - Parameter scriptName: The name of the script that it runs, if it runs one.
    init(_ command: RedisCommand, scriptName: String?) {
        self.scriptName = scriptName
        var words = Words(command.body)
        let name = words.next().map { $0.uppercased() } ?? ""
        switch name {
        case "EVALSHA", "EVAL", "FCALL", "EVAL_RO", "EVALSHA_RO":
            // A few lines that go along with each call.
            if name == "EVAL", scriptName == nil { self.scriptName = "inline" }
            words.skip()
            keyCount = words.next().flatMap { Int($0) } ?? 0
            if keyCount > 0 { firstKey = words.next(upTo: Self.longestKey) }
        case "XREAD", "XREADGROUP":
            readStreams(&words, count: command.count)
        case "XINFO", "XGROUP", "MEMORY", "OBJECT":
            words.skip()
            if command.count > 2 { setKey(&words) }
        case "DEL", "UNLINK", "EXISTS", "MGET", "TOUCH", "SINTER", "SUNION":
            setKey(&words)
            keyCount = command.count - 1
        case let name where Self.keyFirst.contains(name):
            setKey(&words)
        default: break
        }
    }

    private mutating func setKey(_ words: inout Words) {
        firstKey = words.next(upTo: Self.longestKey)
        keyCount = firstKey == nil ? 0 : 1
    }

    /// Streams and ids stand in two equal halves behind `STREAMS`.
    private mutating func readStreams(_ words: inout Words, count: Int) {
        var read = 1
        while let word = words.next(upTo: 16) {
            read += 1
            switch word.uppercased() {
            case "GROUP":
                words.skip()
                words.skip()
                read += 2
            case "BLOCK": blocks = true
            case "STREAMS":
                keyCount = (count - read) / 2
                firstKey = words.next(upTo: Self.longestKey)
                return
            default: break
            }
        }
    }

    /// Commands whose first argument is their one key.
    private static let keyFirst: Set<String> = [
        "APPEND", "DECR", "DUMP", "EXPIRE", "EXPIREAT", "GET", "GETDEL", "GETEX", "GETSET", "HDEL", "HEXISTS", "HGET", "HGETALL",
        "HINCRBY", "HKEYS", "HLEN", "HMGET", "HMSET", "HSCAN", "HSET", "HSETNX", "HVALS", "INCR", "INCRBY", "LLEN", "LPOP",
        "LPUSH", "LRANGE", "LREM", "PERSIST", "PEXPIRE", "PEXPIREAT", "PTTL", "RPOP", "RPUSH", "SADD", "SCARD", "SET", "SETEX",
        "SETNX", "SISMEMBER", "SMEMBERS", "SREM", "SSCAN", "STRLEN", "TTL", "TYPE", "XACK", "XADD", "XAUTOCLAIM", "XCLAIM",
        "XDEL", "XLEN", "XPENDING", "XRANGE", "XREVRANGE", "XSETID", "XTRIM", "ZADD", "ZCARD", "ZCOUNT", "ZRANGE",
        "ZRANGEBYSCORE", "ZREM", "ZSCORE",
    ]

    /// Reads bulk strings one by one, without copying what is not asked for.
    private struct Words {
        private var body: ByteBuffer

        init(_ body: ByteBuffer) { self.body = body }

        /// The length of the next word, with the reader behind its head.
        private mutating func head() -> Int? {
            guard body.readInteger(as: UInt8.self) == UInt8(ascii: "$") else { return nil }
            var length = 0
            while let byte = body.readInteger(as: UInt8.self), byte != UInt8(ascii: "\r") {
                length = length &* 10 &+ Int(byte &- UInt8(ascii: "0"))
            }
            body.moveReaderIndex(forwardBy: min(1, body.readableBytes))
            return length
        }

        mutating func next(upTo limit: Int = 64) -> String? {
            guard let length = head(), length + 2 <= body.readableBytes else { return nil }
            var text = body.getString(at: body.readerIndex, length: min(length, limit))
            if length > limit { text?.append("…") }
            body.moveReaderIndex(forwardBy: length + 2)
            return text
        }

        mutating func skip() {
            guard let length = head(), length + 2 <= body.readableBytes else { return }
            body.moveReaderIndex(forwardBy: length + 2)
        }
    }
}
