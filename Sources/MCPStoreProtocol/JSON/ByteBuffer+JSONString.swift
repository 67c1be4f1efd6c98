import NIOCore

extension ByteBuffer {
    /// Writes a JSON string with its quotation marks, escaping what must be escaped.
    package mutating func writeJSONString(_ text: String) {
        self.writeInteger(Byte.quote)
        var text = text
        text.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            var start = 0
            while start < bytes.count {
                let end = JSONScanner.endOfPlainText(in: bytes, from: start)
                self.writeBytes(bytes[start..<end])
                guard end < bytes.count else { break }
                self.writeEscaped(bytes[end])
                start = end + 1
            }
        }
        self.writeInteger(Byte.quote)
    }

    private mutating func writeEscaped(_ byte: UInt8) {
        switch byte {
        case Byte.quote: self.writeStaticString("\\\"")
        case Byte.backslash: self.writeStaticString("\\\\")
        case Byte.newline: self.writeStaticString("\\n")
        case Byte.carriageReturn: self.writeStaticString("\\r")
        case Byte.tab: self.writeStaticString("\\t")
        case 0x80...: self.writeInteger(byte)
        default:
            let digits: StaticString = "0123456789abcdef"
            self.writeStaticString("\\u00")
            self.writeInteger(digits.utf8Start[Int(byte >> 4)])
            self.writeInteger(digits.utf8Start[Int(byte & 15)])
        }
    }

    /// Writes a whole number in decimal digits without an intermediate string.
    package mutating func writeDecimal(_ value: Int) {
        if value < 0 { self.writeInteger(UInt8(ascii: "-")) }
        var magnitude = value.magnitude
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = 20
            repeat {
                start -= 1
                digits[start] = Byte.zero + UInt8(magnitude % 10)
                magnitude /= 10
            } while magnitude > 0
            self.writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[start..<20]))
        }
    }
}
