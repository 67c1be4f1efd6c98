/// Whether `byte` may stand between the tokens of a JSON text.
func isJSONWhitespace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}

extension ArraySlice<UInt8> {
    /// Whether these are exactly the bytes of `text`.
    func isEqual(to text: StaticString) -> Bool {
        self.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
