/// How values of MCP's own headers are written (SEP-2243): as they are when they are printable ASCII, in base64 otherwise.
package enum MCPHeaderValue {
    private static let prefix = "=?base64?"
    private static let suffix = "?="

    /// The value as a header field can carry it. A receiver decodes it before it compares.
    package static func encode(_ value: String) -> String {
        let isPrintable = value.utf8.allSatisfy { 0x20...0x7E ~= $0 }
        let isTrimmed = value.utf8.first != UInt8(ascii: " ") && value.utf8.last != UInt8(ascii: " ")
        let looksEncoded = value.hasPrefix(self.prefix) && value.hasSuffix(self.suffix)
        return isPrintable && isTrimmed && !looksEncoded ? value : self.prefix + self.base64(Array(value.utf8)) + self.suffix
    }

    /// The base64 form (RFC 4648, section 4) of some bytes.
    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for digit in 0..<4 {
                let index = Int(bits >> UInt32(18 - 6 * digit)) & 63
                result.append(digit <= group.count ? alphabet[index] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
