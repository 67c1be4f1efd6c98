import MCPStoreProtocol
import NIOCore

/// A JSON object as the members that it has, each the bytes that came (invariant I14). What is changed is one member; all others
/// are written back as they were.
struct RawObject: Sendable {
    struct Member: Sendable {
        /// With its quotation marks.
        let key: ByteBuffer
        let name: String
        var value: ByteBuffer
    }

    private(set) var members: [Member] = []

    init() {}

    /// - Throws: ``JSONError`` where the bytes are no JSON object.
    init(_ object: ByteBuffer) throws(JSONError) {
        try object.withJSONMembers { (key, value) throws(JSONError) in
            self.members.append(
                Member(key: object.jsonSlice(key.range), name: key.string ?? "", value: object.jsonSlice(value.range))
            )
        }
    }

    /// The raw value of a member; of several with one name the last one counts, as in most readers of JSON. Setting puts it in
    /// the place of all of that name, or at the end; `nil` takes them out.
    subscript(name: String) -> ByteBuffer? {
        get { members.last { $0.name == name }?.value }
        set {
            guard let newValue else { return members.removeAll { $0.name == name } }
            guard let index = members.firstIndex(where: { $0.name == name }) else {
                var key = ByteBuffer()
                key.writeJSONString(name)
                return members.append(Member(key: key, name: name, value: newValue))
            }
            members[index].value = newValue
            var place = -1
            members.removeAll { member in
                place += 1
                return place != index && member.name == name
            }
        }
    }

    /// The text of a member that is a string.
    func string(_ name: String) -> String? { self[name]?.jsonString }

    /// The object as JSON.
    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(members.reduce(2) { $0 + $1.key.readableBytes + $1.value.readableBytes + 2 })
        buffer.writeStaticString("{")
        for (index, member) in members.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeImmutableBuffer(member.key)
            buffer.writeStaticString(":")
            buffer.writeImmutableBuffer(member.value)
        }
        buffer.writeStaticString("}")
        return buffer
    }
}

extension ByteBuffer {
    /// A JSON string.
    init(json text: String) {
        self.init()
        writeJSONString(text)
    }

    /// The text of the JSON string that the readable bytes are; `nil` where they are anything else.
    var jsonString: String? {
        do { return try withJSONValue { (value) throws(JSONError) in value.string } } catch { return nil }
    }

    /// Whether the readable bytes are a JSON object.
    var isJSONObject: Bool { first == UInt8(ascii: "{") }

    /// Whether the readable bytes are the JSON value `true`.
    var isJSONTrue: Bool { first == UInt8(ascii: "t") }

    /// Whether the readable bytes are a string or a whole number: what ids and progress tokens must be.
    var isJSONIdentifier: Bool {
        do { return try withJSONValue { (value) throws(JSONError) in value.isString || value.integer != nil } } catch {
            return false
        }
    }

    private var first: UInt8? { getInteger(at: readerIndex) }

    /// The same JSON in one line: line breaks between values become spaces. Inside of strings there are none.
    var inOneLine: ByteBuffer {
        guard readableBytesView.contains(where: Self.isLineBreak) else { return self }
        var copy = self
        copy.withUnsafeMutableReadableBytes { bytes in
            for index in bytes.indices where Self.isLineBreak(bytes[index]) { bytes[index] = UInt8(ascii: " ") }
        }
        return copy
    }

    private static func isLineBreak(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}
