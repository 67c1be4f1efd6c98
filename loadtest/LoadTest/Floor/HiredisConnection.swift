import CHiredis
import Foundation

/// A blocking connection through hiredis' own API: commands are appended to its buffer, and written when a reply is asked for.
final class HiredisConnection {
    private let context: UnsafeMutablePointer<redisContext>

    /// - Throws: ``FloorError`` where Redis cannot be reached or refuses the user.
    init(_ address: FloorAddress) throws {
        let made: UnsafeMutablePointer<redisContext>?
        let timeout = timeval(tv_sec: 5, tv_usec: 0)
        switch address.endpoint {
        case .host(let host, let port): made = redisConnectWithTimeout(host, Int32(port), timeout)
        case .socket(let path): made = redisConnectUnixWithTimeout(path, timeout)
        }
        guard let context = made else { throw FloorError("there is no memory for a connection to Redis") }
        self.context = context
        guard context.pointee.err == 0 else {
            throw FloorError("cannot connect to Redis at \(address): \(message)")
        }
        // Longer than any blocking read of the floor: nothing waits without end.
        redisSetTimeout(context, timeval(tv_sec: 10, tv_usec: 0))
        if let password = address.password { _ = try call("AUTH", address.user ?? "default", password) }
        if address.database != 0 { _ = try call("SELECT", String(address.database)) }
    }

    deinit { redisFree(context) }

    private var message: String {
        withUnsafeBytes(of: &context.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Appends a command to what is to be written.
    func append(_ command: inout FloorCommandLine) {
        command.withArguments { count, arguments, lengths in
            _ = redisAppendCommandArgv(context, count, arguments, lengths)
        }
    }

    /// Writes what was appended, without waiting for replies.
    func flush() throws {
        var isDone: Int32 = 0
        while isDone == 0 {
            guard redisBufferWrite(context, &isDone) == REDIS_OK else { throw FloorError("writing to Redis failed: \(message)") }
        }
    }

    /// The next reply, after writing what was appended.
    func reply() throws -> FloorReply {
        let reply = FloorReply(owned: try next().assumingMemoryBound(to: redisReply.self))
        if let error = reply.error { throw FloorError("Redis answered with an error: \(error)") }
        return reply
    }

    /// Passes over the next reply, which must not be an error. Without functions that make objects, hiredis' reader makes none and
    /// returns a reply's type in place of a pointer.
    func confirm() throws {
        let functions = context.pointee.reader.pointee.fn
        context.pointee.reader.pointee.fn = nil
        defer { context.pointee.reader.pointee.fn = functions }
        if Int32(truncatingIfNeeded: Int(bitPattern: try next())) == REDIS_REPLY_ERROR {
            throw FloorError("Redis answered a write with an error")
        }
    }

    private func next() throws -> UnsafeMutableRawPointer {
        var reply: UnsafeMutableRawPointer?
        guard redisGetReply(context, &reply) == REDIS_OK, let reply else {
            throw FloorError("the connection to Redis failed: \(message)")
        }
        return reply
    }

    /// One command and its reply, for what is not measured.
    func call(_ words: String...) throws -> FloorReply {
        var lengths = words.map(\.utf8.count)
        let copies = words.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        var arguments = copies.map { UnsafePointer<CChar>($0) }
        _ = redisAppendCommandArgv(context, Int32(words.count), &arguments, &lengths)
        return try reply()
    }
}

/// Why the floor could not be measured.
struct FloorError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
