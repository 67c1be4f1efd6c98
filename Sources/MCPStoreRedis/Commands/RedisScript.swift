import Crypto
import NIOCore

/// A Lua script. Its SHA-1, by which Redis knows it, is computed once.
package struct RedisScript: Sendable {
    private final class Storage: Sendable {
        let name: String
        let source: [UInt8]
        let sha1: String

        init(name: String, source: [UInt8], sha1: String) {
            self.name = name
            self.source = source
            self.sha1 = sha1
        }
    }

    private let storage: Storage

    /// Makes a script.
    /// - Parameters:
    ///   - name: for logs and errors.
    ///   - source: the Lua text; run as it is, so that its SHA-1 is its identity.
    package init(name: String, source: [UInt8]) {
        var hexadecimal = ""
        for byte in Insecure.SHA1.hash(data: source) {
            hexadecimal += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }
        self.storage = Storage(name: name, source: source, sha1: hexadecimal)
    }

    /// Its name.
    package var name: String { self.storage.name }
    /// The SHA-1 of the source as 40 lower-case hexadecimal digits.
    package var sha1: String { self.storage.sha1 }

    /// A call by its SHA-1 whose arguments are still to be appended, for ``RedisClient/send(_:call:timeout:completion:)``.
    /// - Parameter argumentCapacity: the bytes to reserve for them.
    package func call(keys: [String], argumentCapacity: Int) -> RedisCommand {
        var command = RedisCommand("EVALSHA", argumentCapacity: keys.reduce(64 + argumentCapacity) { $0 + $1.utf8.count + 16 })
        command.append(self.storage.sha1)
        command.append(keys.count)
        for key in keys { command.append(key) }
        return command
    }

    /// The command that runs it by its SHA-1.
    func command(keys: [String], arguments: [RedisArgument]) -> RedisCommand {
        var command = self.call(keys: keys, argumentCapacity: arguments.reduce(0) { $0 + $1.encodedCapacity })
        for argument in arguments { command.append(argument) }
        return command
    }

    /// The bytes of `EVALSHA` and the SHA-1 in front of each body that ``command(keys:arguments:)`` makes.
    private static let headSize = "$7\r\nEVALSHA\r\n$40\r\n".utf8.count + 42

    /// The same call with the source, which also loads the script.
    func evalCommand(from command: RedisCommand) -> RedisCommand {
        var body = ByteBufferAllocator().buffer(capacity: command.body.readableBytes + self.storage.source.count + 64)
        StaticString("EVAL").withUTF8Buffer { body.writeBulkString(UnsafeRawBufferPointer($0)) }
        self.storage.source.withUnsafeBytes { body.writeBulkString($0) }
        var rest = command.body
        rest.moveReaderIndex(forwardBy: Self.headSize)
        body.writeImmutableBuffer(rest)
        return RedisCommand(name: "EVAL", count: command.count, body: body)
    }
}
