/// The escapes of JSON strings, in both directions.
enum JSONEscapes {
    /// The text between the quotes of a well-formed JSON string. Half a surrogate pair becomes U+FFFD.
    static func resolve(_ inner: ArraySlice<UInt8>) -> String {
        var units: [UInt8] = []
        units.reserveCapacity(inner.count)
        var index = inner.startIndex
        while index < inner.endIndex {
            let byte = inner[index]
            guard byte == UInt8(ascii: "\\") else {
                units.append(byte)
                index += 1
                continue
            }
            let escape = inner[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "u"):
                let (scalar, next) = Self.scalar(in: inner, at: index)
                units.append(contentsOf: String(Character(scalar)).utf8)
                index = next
            default: units.append(escape)
            }
        }
        return String(decoding: units, as: UTF8.self)
    }

    /// The scalar whose four hexadecimal digits start at `index`, together with the second half of its pair if it has one,
    /// and the index after it.
    private static func scalar(in inner: ArraySlice<UInt8>, at index: Int) -> (Unicode.Scalar, Int) {
        let first = Self.unit(in: inner, at: index)
        let next = index + 4
        if let scalar = Unicode.Scalar(first) { return (scalar, next) }
        guard first < 0xDC00, next + 6 <= inner.endIndex, inner[next..<next + 2].isEqual(to: "\\u") else {
            return ("\u{FFFD}", next)
        }
        let second = Self.unit(in: inner, at: next + 2)
        guard (0xDC00..<0xE000).contains(second) else { return ("\u{FFFD}", next) }
        let value = 0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00)
        return (Unicode.Scalar(value) ?? "\u{FFFD}", next + 6)
    }

    private static func unit(in inner: ArraySlice<UInt8>, at index: Int) -> UInt32 {
        inner[index..<index + 4].reduce(0) { value, digit in
            let nibble = digit &- UInt8(ascii: "0") < 10 ? digit &- UInt8(ascii: "0") : (digit | 0x20) &- UInt8(ascii: "a") &+ 10
            return value << 4 | UInt32(nibble)
        }
    }
}
