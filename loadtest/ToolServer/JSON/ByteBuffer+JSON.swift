import NIOCore

extension ByteBuffer {
    /// Appends `slice` as it came.
    mutating func write(_ slice: JSONSlice) {
        self.writeBytes(slice.raw)
    }

    /// Appends `text` as a JSON string: quotes, with what must be escaped escaped.
    mutating func writeJSON(_ text: String) {
        self.writeStaticString("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): self.writeStaticString("\\\"")
            case UInt8(ascii: "\\"): self.writeStaticString("\\\\")
            case 0x0A: self.writeStaticString("\\n")
            case 0x0D: self.writeStaticString("\\r")
            case 0x09: self.writeStaticString("\\t")
            case 0..<0x20: self.writeString("\\u00" + (byte < 0x10 ? "0" : "1") + String(byte & 0x0F, radix: 16))
            default: self.writeInteger(byte)
            }
        }
        self.writeStaticString("\"")
    }
}

/// `text` as a JSON string.
func jsonText(_ text: String) -> String {
    var buffer = ByteBuffer()
    buffer.writeJSON(text)
    return String(buffer: buffer)
}
