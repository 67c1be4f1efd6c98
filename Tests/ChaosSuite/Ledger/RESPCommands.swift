/// Reads commands one after another from bytes as Redis writes them into its append-only file: arrays of bulk strings.
///
/// https://redis.io/docs/latest/develop/reference/protocol-spec/#arrays
struct RESPCommands {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// The words of the last command; valid as long as the bytes are.
    private(set) var words: [UnsafeRawBufferPointer] = []

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Goes on to the next command.
    ///
    /// - Returns: `false` at the end, also where the last command is not whole.
    /// - Throws: ``ChaosError`` where something else than a command begins.
    mutating func next() throws(ChaosError) -> Bool {
        words.removeAll(keepingCapacity: true)
        let start = position
        // Annotations of the file: lines that begin with #.
        while position < bytes.count, bytes[position] == UInt8(ascii: "#") { guard skipLine() else { return false } }
        guard position < bytes.count else { return false }
        guard let count = try number(after: UInt8(ascii: "*")) else { return false }
        for _ in 0..<count {
            guard let length = try number(after: UInt8(ascii: "$")) else { return false }
            guard length >= 0, position + length + 2 <= bytes.count else { return false }
            words.append(UnsafeRawBufferPointer(rebasing: bytes[position..<position + length]))
            position += length + 2
        }
        guard position > start else { return false }
        return true
    }

    private mutating func skipLine() -> Bool {
        while position < bytes.count {
            position += 1
            if bytes[position - 1] == UInt8(ascii: "\n") { return true }
        }
        return false
    }

    private mutating func number(after mark: UInt8) throws(ChaosError) -> Int? {
        guard position < bytes.count else { return nil }
        guard bytes[position] == mark else { throw ChaosError("no command at byte \(position) of Redis' log") }
        position += 1
        var value = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\n") { return value }
            if byte == UInt8(ascii: "\r") { continue }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                throw ChaosError("no number at byte \(position) of Redis' log")
            }
            value = value &* 10 &+ Int(byte - UInt8(ascii: "0"))
        }
        return nil
    }
}
