import Foundation

/// Reads values of MCP's own headers (SEP-2243): as they are, or in base64 between `=?base64?` and `?=`.
enum HeaderValue {
    /// The text that a value stands for; `nil` where its base64 is none.
    static func decode(_ value: String) -> String? {
        let text = trimmed(value)
        guard text.hasPrefix("=?base64?"), text.hasSuffix("?="), text.utf8.count >= 11 else { return text }
        let digits = String(text.dropFirst(9).dropLast(2))
        // Only the one canonical form, so that a broken value never matches by accident.
        guard let data = Data(base64Encoded: digits), data.base64EncodedString() == digits else { return nil }
        return String(bytes: data, encoding: .utf8)
    }

    /// Without the white space that HTTP allows around a value.
    static func trimmed(_ value: String) -> String {
        // Almost none has any.
        guard let first = value.utf8.first, let last = value.utf8.last, isSpace(first) || isSpace(last) else { return value }
        return value.trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
