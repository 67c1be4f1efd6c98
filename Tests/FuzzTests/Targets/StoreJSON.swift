import NIOCore

@testable import MCPStore

/// The scanner and the values of `MCPStore`.
enum StoreJSON {
    static func isTaken(_ input: [UInt8]) -> Bool {
        input.withUnsafeBytes { bytes in
            guard JSONScanner.isUTF8(bytes) else { return false }
            var scanner = JSONScanner(bytes)
            do {
                _ = try scanner.value()
                try scanner.end()
                return true
            } catch {
                return false
            }
        }
    }

    /// What is JSON is JSONC; what is read and written is read as the same.
    static func check(_ input: [UInt8]) throws {
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue(parsing: input)
        } catch {
            return try hold(error.problem.hasPrefix("a second member"), "what was scanned is not read: \(error)")
        }
        try same(try JSONValue(parsing: input, allowsComments: true), value, "JSON is read otherwise as JSONC")
        // An infinite number is written as null.
        guard !self.holdsInfinity(value) else { return }
        try same(try JSONValue(parsing: value.buffer.readableBytesView), value, "a value that was written")
        try same(try JSONValue(parsing: Array(value.indented.utf8)), value, "a value that was written with indentation")
        try hold(ProtocolJSON.isTaken(Array(value.buffer.readableBytesView)), "what was written is no JSON")
        try same(value.merging(value), value.merging(value).merging(value), "a merge patch that is applied twice")
    }

    private static func holdsInfinity(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let number): !number.isFinite
        case .array(let elements): elements.contains(where: self.holdsInfinity)
        case .object(let members): members.values.contains(where: self.holdsInfinity)
        default: false
        }
    }

    /// All strings and member names, sorted, also where a name comes twice.
    static func strings(in input: [UInt8]) -> [String] {
        input.withUnsafeBytes { bytes in
            var strings: [String] = []
            func collect(_ range: Range<Int>) {
                var scanner = JSONScanner(bytes, from: range.lowerBound)
                switch bytes[range.lowerBound] {
                case UInt8(ascii: "\""): strings.append(JSONValue.text(range, of: bytes))
                case UInt8(ascii: "["):
                    var ranges: [Range<Int>] = []
                    try? scanner.elements { ranges.append($0) }
                    ranges.forEach(collect)
                case UInt8(ascii: "{"):
                    var ranges: [(Range<Int>, Range<Int>)] = []
                    try? scanner.members { ranges.append(($0, $1)) }
                    for (key, value) in ranges {
                        strings.append(JSONValue.text(key, of: bytes))
                        collect(value)
                    }
                default: break
                }
            }
            var scanner = JSONScanner(bytes)
            if let range = try? scanner.value() { collect(range) }
            return strings.sorted()
        }
    }
}
