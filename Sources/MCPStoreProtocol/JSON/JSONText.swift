import NIOCore

/// The text of JSON strings: unescaping and escaping.
enum JSONText {
    /// Resolves the escapes of a well-formed string, given without its quotation marks.
    static func unescape(_ text: UnsafeRawBufferPointer) -> String {
        var units: [UInt8] = []
        units.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            guard text[position] == Byte.backslash else {
                units.append(text[position])
                position += 1
                continue
            }
            switch text[position + 1] {
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "n"): units.append(Byte.newline)
            case UInt8(ascii: "r"): units.append(Byte.carriageReturn)
            case UInt8(ascii: "t"): units.append(Byte.tab)
            case UInt8(ascii: "u"):
                let (scalar, count) = self.scalar(in: text, at: position)
                units.append(contentsOf: String(scalar).utf8)
                position += count
                continue
            case let other: units.append(other)
            }
            position += 2
        }
        return String(decoding: units, as: UTF8.self)
    }

    /// The character of a `\u` escape, or of a pair of them.
    ///
    /// - Returns: The character, and how many bytes its escape takes.
    private static func scalar(in text: UnsafeRawBufferPointer, at position: Int) -> (Unicode.Scalar, Int) {
        guard let high = self.codeUnit(in: text, at: position) else { return ("\u{FFFD}", 2) }
        if let scalar = Unicode.Scalar(high) { return (scalar, 6) }
        guard UTF16.isLeadSurrogate(high), let low = self.codeUnit(in: text, at: position + 6), UTF16.isTrailSurrogate(low) else {
            return ("\u{FFFD}", 6)
        }
        let value = 0x10000 + (UInt32(high & 0x3FF) << 10) + UInt32(low & 0x3FF)
        return (Unicode.Scalar(value) ?? "\u{FFFD}", 12)
    }

    private static func codeUnit(in text: UnsafeRawBufferPointer, at position: Int) -> UInt16? {
        guard position + 6 <= text.count, text[position] == Byte.backslash, text[position + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for index in position + 2..<position + 6 {
            guard let digit = Byte.hexValue(text[index]) else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }
}
