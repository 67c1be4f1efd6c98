import NIOCore

@testable import MCPStoreProtocol

/// The scanner of what servers send.
enum ProtocolJSON {
    /// As deep as that of `MCPStore`.
    private static let depth = 200

    static func isTaken(_ input: [UInt8]) -> Bool {
        let buffer = ByteBuffer(bytes: input)
        return (try? buffer.withJSONValue(maximumDepth: self.depth) { _ in true }) ?? false
    }

    /// Parts of taken text lie inside, in order, and are JSON; strings that are written again are read as the same.
    static func check(_ input: [UInt8]) throws {
        // What stands before the text must not be looked at, and offsets count from the text.
        var buffer = ByteBuffer(string: "x")
        buffer.moveReaderIndex(forwardBy: 1)
        buffer.writeBytes(input)
        try self.walk(buffer)
    }

    private static func walk(_ buffer: ByteBuffer) throws {
        try buffer.withJSONValue(maximumDepth: self.depth) { (value) throws(JSONError) in
            Result { try self.walk(value, of: buffer) }
        }.get()
    }

    private static func walk(_ value: JSONSlice, of buffer: ByteBuffer) throws {
        try same(Array(buffer.jsonSlice(value.range).readableBytesView), Array(value.bytes), "a slice is not its range")
        let first = value.bytes.first ?? 0
        let last = value.bytes.last ?? 0
        try hold(first > 0x20 && last > 0x20, "white space belongs to a value")
        if let text = value.string {
            var written = ByteBuffer()
            written.writeJSONString(text)
            let again = try written.withJSONValue { (value) throws(JSONError) in value.string }
            try same(again, text, "a string that was written again")
        }
        if let number = value.integer { try same("\(number)", self.digits(value), "an integer") }
        var end = 0
        func part(_ slice: JSONSlice) throws {
            try hold(slice.range.lowerBound >= end && slice.range.upperBound < value.bytes.count, "parts out of order")
            end = slice.range.upperBound
            try hold(self.isTaken(Array(slice.bytes)), "a part is no JSON")
        }
        var found: [any Error] = []
        if value.isObject {
            try value.members { (key, member) throws(JSONError) in
                do {
                    try part(key)
                    try part(member)
                    try self.walk(ByteBuffer(bytes: member.bytes))
                } catch { found.append(error) }
            }
        } else if value.isArray {
            try value.elements { (element) throws(JSONError) in
                do {
                    try part(element)
                    try self.walk(ByteBuffer(bytes: element.bytes))
                } catch { found.append(error) }
            }
        }
        if let first = found.first { throw first }
    }

    private static func digits(_ value: JSONSlice) -> String {
        let text = String(decoding: value.bytes, as: UTF8.self)
        return text == "-0" ? "0" : text
    }

    /// All strings and member names, sorted.
    static func strings(in input: [UInt8]) -> [String] {
        let buffer = ByteBuffer(bytes: input)
        var strings: [String] = []
        func collect(_ value: JSONSlice) throws(JSONError) {
            if let text = value.string { strings.append(text) }
            if value.isArray { try value.elements { (element) throws(JSONError) in try collect(element) } }
            if value.isObject {
                try value.members { (key, value) throws(JSONError) in
                    strings.append(key.string ?? "")
                    try collect(value)
                }
            }
        }
        try? buffer.withJSONValue(maximumDepth: self.depth) { (value) throws(JSONError) in try collect(value) }
        return strings.sorted()
    }
}
