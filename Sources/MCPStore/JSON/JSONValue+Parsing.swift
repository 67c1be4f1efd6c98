import NIOCore

extension JSONValue {
    /// Reads JSON text.
    ///
    /// - Parameter allowsComments: Whether it is a configuration file of people: with comments and commas behind the last
    ///   element ("JSONC").
    /// - Throws: ``JSONSyntaxError``, also where an object has two members of one name or the text is not UTF-8.
    package init(parsing bytes: some Collection<UInt8>, allowsComments: Bool = false) throws(JSONSyntaxError) {
        let buffer = Array(bytes)
        let result = buffer.withUnsafeBytes { bytes -> Result<JSONValue, JSONSyntaxError> in
            Result { () throws(JSONSyntaxError) in
                guard JSONScanner.isUTF8(bytes) else {
                    throw JSONSyntaxError(offset: 0, problem: "the text is not UTF-8, seen from its start")
                }
                var scanner = JSONScanner(bytes, allowsComments: allowsComments)
                let range = try scanner.value()
                try scanner.end()
                return try Self.read(range, of: bytes, allowsComments)
            }
        }
        self = try result.get()
    }

    /// Reads a value that the scanner has walked over.
    private static func read(
        _ range: Range<Int>,
        of bytes: UnsafeRawBufferPointer,
        _ allowsComments: Bool
    ) throws(JSONSyntaxError) -> JSONValue {
        var scanner = JSONScanner(bytes, from: range.lowerBound, allowsComments: allowsComments)
        switch bytes[range.lowerBound] {
        case UInt8(ascii: "{"):
            var ranges: [(Range<Int>, Range<Int>)] = []
            try scanner.members { ranges.append(($0, $1)) }
            var members: [String: JSONValue] = [:]
            for (key, value) in ranges {
                let name = text(key, of: bytes)
                if members.updateValue(try read(value, of: bytes, allowsComments), forKey: name) != nil {
                    throw JSONSyntaxError(offset: key.lowerBound, problem: "a second member '\(name.prefix(100))' in one object")
                }
            }
            return .object(members)
        case UInt8(ascii: "["):
            var ranges: [Range<Int>] = []
            try scanner.elements { ranges.append($0) }
            var elements: [JSONValue] = []
            for range in ranges { elements.append(try read(range, of: bytes, allowsComments)) }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(text(range, of: bytes))
        case UInt8(ascii: "t"): return .bool(true)
        case UInt8(ascii: "f"): return .bool(false)
        case UInt8(ascii: "n"): return .null
        default:
            let digits = String(decoding: bytes[range], as: UTF8.self)
            if let integer = Int(digits) { return .integer(integer) }
            return .number(Double(digits) ?? 0)
        }
    }

    /// The text of a string that the scanner has walked over; halves of surrogate pairs become U+FFFD.
    static func text(_ range: Range<Int>, of bytes: UnsafeRawBufferPointer) -> String {
        let content = bytes[(range.lowerBound + 1)..<(range.upperBound - 1)]
        guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
        var result: [UInt8] = []
        var index = content.startIndex
        while index < content.endIndex {
            guard content[index] == UInt8(ascii: "\\") else {
                result.append(content[index])
                index += 1
                continue
            }
            switch content[index + 1] {
            case UInt8(ascii: "n"): result.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "r"): result.append(UInt8(ascii: "\r"))
            case UInt8(ascii: "t"): result.append(UInt8(ascii: "\t"))
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "u"):
                let (scalar, length) = scalar(in: content, at: index)
                result += Array(String(scalar).utf8)
                index += length
                continue
            case let other: result.append(other)
            }
            index += 2
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The character of a `\u` escape, or of two that are a surrogate pair, and how many bytes they take.
    private static func scalar(in content: Slice<UnsafeRawBufferPointer>, at index: Int) -> (Unicode.Scalar, Int) {
        func unit(_ start: Int) -> UInt32 {
            content[start..<(start + 4)].reduce(0) { $0 << 4 | (JSONScanner.digit($1) ?? 0) }
        }
        let high = unit(index + 2)
        guard (0xD800..<0xDC00).contains(high) else { return (Unicode.Scalar(high) ?? "\u{FFFD}", 6) }
        let next = index + 6
        guard next + 6 <= content.endIndex, content[next] == UInt8(ascii: "\\"), content[next + 1] == UInt8(ascii: "u") else {
            return ("\u{FFFD}", 6)
        }
        let low = unit(next + 2)
        guard (0xDC00..<0xE000).contains(low) else { return ("\u{FFFD}", 6) }
        return (Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}", 12)
    }
}
