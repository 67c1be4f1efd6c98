import Foundation
import NIOCore

extension FuzzTarget {
    /// JSON text: both scanners, and what reads values.
    ///
    /// Both scanners take the same, and what Foundation takes, but for what is listed in ``JSONOracle``; parts lie inside,
    /// in order, and are JSON themselves; strings are read as Foundation reads them; a value that was read is written and
    /// read as the same.
    static let json = FuzzTarget(
        name: "json",
        tokens: [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud83d", "\\ude00", "\\uD800\\uDC00", "\\n", "null", "true",
            "false", "-", "-0", "0", "1e5", "1E-400", "0.1", "\u{FEFF}", "é", "😀", "\u{2028}", "//x\n", "/*x*/", "{}", "[]",
            "\"\":", "{\"a\":", "[[", "]]",
        ],
        generate: { random in Array(JSONOracle.random(depth: 1 + random.below(6), &random).utf8) },
        check: { input in
            let strict = ProtocolJSON.isTaken(input)
            try same(StoreJSON.isTaken(input), strict, "the two scanners disagree")
            if let foundation = JSONOracle.isTaken(input) { try same(strict, foundation, "ours and Foundation disagree") }
            guard strict else { return }
            try ProtocolJSON.check(input)
            try StoreJSON.check(input)
            let texts = ProtocolJSON.strings(in: input)
            try same(StoreJSON.strings(in: input), texts, "strings are read differently")
            if let value = JSONOracle.strings(in: input) { try same(texts, value, "strings are read otherwise by Foundation") }
        }
    )
}

/// What Foundation makes of JSON text.
enum JSONOracle {
    /// Whether Foundation takes it; `nil` where it has rules of its own.
    static func isTaken(_ input: [UInt8]) -> Bool? {
        // It guesses encodings other than UTF-8 from byte order marks and zeros at the start.
        if input.prefix(4).contains(0) || input.starts(with: [0xEF, 0xBB, 0xBF]) || input.prefix(2) == [0xFF, 0xFE]
            || input.prefix(2) == [0xFE, 0xFF]
        {
            return nil
        }
        // It refuses halves of surrogate pairs, which RFC 8259 allows, and numbers that no type of its holds.
        let text = String(decoding: input, as: UTF8.self).lowercased()
        if text.contains("\\ud") || self.hasLongNumber(input) { return nil }
        // It takes a comma before the end of an object or array.
        let dense = text.filter { !$0.isWhitespace }
        if dense.contains(",}") || dense.contains(",]") { return nil }
        // Its depth ends at 512, ours earlier.
        if input.count(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }) > 120 { return nil }
        return (try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)) != nil
    }

    private static func hasLongNumber(_ input: [UInt8]) -> Bool {
        var count = 0
        var hasExponent = false
        for byte in input {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"): count += 1
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                hasExponent = hasExponent || count > 0
                count += 1
            default: (count, hasExponent) = (0, false)
            }
            if count > 15 || (hasExponent && count > 4) { return true }
        }
        return false
    }

    /// The strings and member names of a text in a fixed order; `nil` where Foundation has rules of its own.
    static func strings(in input: [UInt8]) -> [String]? {
        guard self.isTaken(input) == true,
            let value = try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
        else { return nil }
        var strings: [String] = []
        // Of members of one name Foundation keeps one only.
        func collect(_ value: Any) {
            if let text = value as? String { strings.append(text) }
            if let array = value as? [Any] { array.forEach(collect) }
            if let object = value as? [String: Any] {
                strings += object.keys
                object.values.forEach(collect)
            }
        }
        collect(value)
        // It drops byte order marks from strings.
        if String(decoding: input, as: UTF8.self).unicodeScalars.contains("\u{FEFF}") { return nil }
        let ours = ProtocolJSON.strings(in: input)
        return ours.count == strings.count ? strings.sorted() : nil
    }

    static func random(depth: Int, _ random: inout SeededGenerator) -> String {
        let strings = [
            "", "a", "id", "é😀", "\\\"\\\\\\/\\b\\f\\n\\r\\t", "\\u00e9", "\\ud83d\\ude00", "a long text of some words",
        ]
        switch random.below(depth > 0 ? 9 : 6) {
        case 0: return "null"
        case 1: return random.below(2) == 0 ? "true" : "false"
        case 2: return "\(Int(truncatingIfNeeded: random.next()) >> random.below(64))"
        case 3: return ["-0", "0.5", "1e5", "-1.25E-3"][random.below(4)]
        case 4, 5: return "\"\(strings[random.below(strings.count)])\""
        case 6:
            return "[" + (0..<random.below(5)).map { _ in self.random(depth: depth - 1, &random) }.joined(separator: ", ") + "]"
        default:
            let members = (0..<random.below(5)).map { number in
                "\"\(strings[random.below(strings.count)])\(number)\":\(self.random(depth: depth - 1, &random))"
            }
            return "{ " + members.joined(separator: ",") + "}"
        }
    }
}
