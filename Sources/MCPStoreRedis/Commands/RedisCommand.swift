import NIOCore

/// One Redis command, encoded while it is built: an array of bulk strings.
///
/// The head of the array (`*N`) is written when the command goes into the connection's buffer, so arguments can be appended
/// one by one without knowing how many there will be.
package struct RedisCommand: Sendable {
    /// The command's name, one word, such as `XADD`. Shown in debug logs.
    package let name: StaticString
    /// The number of words, the name included.
    package private(set) var count: Int
    /// The words as bulk strings.
    private(set) var body: ByteBuffer

    /// Starts a command.
    /// - Parameters:
    ///   - name: one word (`CLIENT`); further words (`KILL`) are arguments.
    ///   - argumentCapacity: the bytes to reserve for arguments.
    package init(_ name: StaticString, argumentCapacity: Int = 64) {
        self.name = name
        self.count = 1
        self.body = ByteBufferAllocator().buffer(capacity: name.utf8CodeUnitCount + 8 + argumentCapacity)
        name.withUTF8Buffer { self.body.writeBulkString(UnsafeRawBufferPointer($0)) }
    }

    /// A command with its arguments.
    package init(_ name: StaticString, _ arguments: String...) {
        self.init(name, argumentCapacity: arguments.reduce(0) { $0 + $1.utf8.count + 16 })
        for argument in arguments { self.append(argument) }
    }

    /// A command whose words are encoded already.
    init(name: StaticString, count: Int, body: ByteBuffer) {
        self.name = name
        self.count = count
        self.body = body
    }

    /// Appends text as UTF-8.
    package mutating func append(_ string: String) {
        var string = string
        string.withUTF8 { self.body.writeBulkString(UnsafeRawBufferPointer($0)) }
        self.count += 1
    }

    /// Appends the readable bytes of a buffer.
    package mutating func append(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { self.body.writeBulkString($0) }
        self.count += 1
    }

    /// Appends bytes.
    package mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { self.body.writeBulkString($0) }
        self.count += 1
    }

    /// Appends an integer in decimal.
    package mutating func append(_ integer: Int) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            let count = DecimalDigits.write(integer, to: digits)
            self.body.writeBulkString(UnsafeRawBufferPointer(rebasing: digits[..<count]))
        }
        self.count += 1
    }

    /// Appends `text` as it stands in the program.
    package mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { self.body.writeBulkString(UnsafeRawBufferPointer($0)) }
        self.count += 1
    }

    /// Appends one argument that is written in parts.
    /// - Parameters:
    ///   - size: the bytes that `write` writes, exactly: the command is broken otherwise.
    ///   - write: appends them.
    package mutating func append(bytes size: Int, _ write: (inout ByteBuffer) -> Void) {
        self.body.reserveCapacity(minimumWritableBytes: size + 25)
        self.body.writeHeader(UInt8(ascii: "$"), size)
        let start = self.body.writerIndex
        write(&self.body)
        precondition(self.body.writerIndex - start == size, "an argument of a command has another size than was said")
        self.body.writeCRLF()
        self.count += 1
    }

    /// Appends an argument of any kind.
    package mutating func append(_ argument: RedisArgument) {
        switch argument {
        case .string(let string): self.append(string)
        case .int(let integer): self.append(integer)
        case .bytes(let bytes): self.append(bytes)
        }
    }

    /// The bytes that the command takes on the wire.
    package var encodedSize: Int { 1 + DecimalDigits.count(of: self.count) + 2 + self.body.readableBytes }

    /// Whether a command of this name runs a script or a transaction, which may write before it fails.
    static func runsScript(_ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            [StaticString("EVAL"), "FCALL", "EXEC"].contains { word in
                word.withUTF8Buffer { name.count >= $0.count && name.prefix($0.count).elementsEqual($0) }
            }
        }
    }

    /// Appends the command as it goes over the wire.
    func encode(into buffer: inout ByteBuffer) {
        self.encodeHead(into: &buffer)
        buffer.writeImmutableBuffer(self.body)
    }

    /// Appends only the head of the array, for a body that is written on its own without copying it.
    func encodeHead(into buffer: inout ByteBuffer) {
        buffer.writeHeader(UInt8(ascii: "*"), self.count)
    }
}

extension ByteBuffer {
    /// Appends `bytes` as a RESP bulk string.
    mutating func writeBulkString(_ bytes: UnsafeRawBufferPointer) {
        // One write: the size, the bytes, and an end of line behind each.
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count + 25) { target in
            target[0] = UInt8(ascii: "$")
            let count = 1 + DecimalDigits.write(bytes.count, to: UnsafeMutableRawBufferPointer(rebasing: target[1...]))
            target[count] = UInt8(ascii: "\r")
            target[count + 1] = UInt8(ascii: "\n")
            UnsafeMutableRawBufferPointer(rebasing: target[(count + 2)...]).copyMemory(from: bytes)
            let end = count + 2 + bytes.count
            target[end] = UInt8(ascii: "\r")
            target[end + 1] = UInt8(ascii: "\n")
            return end + 2
        }
    }

    /// Appends `mark`, `value` in decimal and the end of a line.
    fileprivate mutating func writeHeader(_ mark: UInt8, _ value: Int) {
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: 23) { target in
            target[0] = mark
            let count = DecimalDigits.write(value, to: UnsafeMutableRawBufferPointer(rebasing: target[1...]))
            target[count + 1] = UInt8(ascii: "\r")
            target[count + 2] = UInt8(ascii: "\n")
            return count + 3
        }
    }

    /// Appends `value` in decimal.
    package mutating func writeDecimal(_ value: Int) {
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { DecimalDigits.write(value, to: $0) }
    }

    fileprivate mutating func writeCRLF() {
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: 2) { target in
            target[0] = UInt8(ascii: "\r")
            target[1] = UInt8(ascii: "\n")
            return 2
        }
    }
}
