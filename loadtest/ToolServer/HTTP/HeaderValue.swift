/// Header values as revision 2026-07-28 writes them: text outside of ASCII as `=?base64?…?=`.
enum HeaderValue {
    /// The text that `value` stands for; nil when its base64 is none.
    static func decode(_ value: some StringProtocol) -> String? {
        let (prefix, suffix) = ("=?base64?", "?=")
        let shortest = prefix.utf8.count + suffix.utf8.count
        guard value.utf8.count >= shortest, value.utf8.starts(with: prefix.utf8), value.hasSuffix(suffix) else {
            return String(value)
        }
        return Self.decodeBase64(value.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count))
    }

    private static func decodeBase64(_ digits: some Collection<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var (bits, count) = (0 as UInt32, 0)
        for digit in digits where digit != UInt8(ascii: "=") {
            guard let value = Self.sixBits(of: digit) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func sixBits(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
