/// One JSON value inside borrowed memory, already found to be well-formed by ``JSONScanner``.
///
/// Valid only inside the closure that it was handed to: it points into a buffer. What must be kept is cut out of the buffer by
/// ``range`` (`ByteBuffer.slice(of:)`) or converted.
package struct JSONSlice {
    /// The value's bytes, without white space around them.
    package let bytes: UnsafeRawBufferPointer
    /// Where the value stands, from the start of what was scanned.
    package let range: Range<Int>

    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[range])
        self.range = range
    }

    /// Whether the value is an object.
    package var isObject: Bool { self.bytes.first == Byte.openBrace }
    /// Whether the value is an array.
    package var isArray: Bool { self.bytes.first == Byte.openBracket }
    /// Whether the value is a string.
    package var isString: Bool { self.bytes.first == Byte.quote }
    /// Whether the value is `null`.
    package var isNull: Bool { self.bytes.first == UInt8(ascii: "n") }

    /// The value when it is `true` or `false`.
    package var bool: Bool? {
        switch self.bytes.first {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The value when it is a whole number that fits, written without fraction and exponent.
    package var integer: Int? {
        var digits = self.bytes[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        guard !digits.isEmpty else { return nil }
        var value = 0
        for digit in digits {
            guard Byte.zero...Byte.nine ~= digit else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let step = Int(digit - Byte.zero)
            let (sum, carried) =
                isNegative ? product.subtractingReportingOverflow(step) : product.addingReportingOverflow(step)
            if overflow || carried { return nil }
            value = sum
        }
        return value
    }

    /// The text when the value is a string, unescaped. A lone surrogate becomes U+FFFD.
    package var string: String? {
        guard self.isString else { return nil }
        let text = UnsafeRawBufferPointer(rebasing: self.bytes[1..<self.bytes.count - 1])
        guard text.contains(Byte.backslash) else { return String(decoding: text, as: UTF8.self) }
        return JSONText.unescape(text)
    }

    /// Whether the value is a string of this text.
    package func equals(_ text: StaticString) -> Bool {
        guard self.isString else { return false }
        let count = text.utf8CodeUnitCount
        if self.bytes.count == count + 2 {
            for index in 0..<count where self.bytes[index + 1] != text.utf8Start[index] { return false }
            return true
        }
        // Only an escaped string is longer than its text.
        guard self.bytes.count > count + 2, self.bytes.contains(Byte.backslash) else { return false }
        return self.string == text.description
    }

    /// Walks over the members when the value is an object. Their ranges count from the start of this value.
    ///
    /// - Throws: ``JSONError`` when it is none.
    package func members(_ each: (_ key: JSONSlice, _ value: JSONSlice) throws(JSONError) -> Void) throws(JSONError) {
        var scanner = JSONScanner(self.bytes, maximumDepth: .max)
        let bytes = self.bytes
        try scanner.members { (key, value) throws(JSONError) in try each(JSONSlice(bytes, key), JSONSlice(bytes, value)) }
    }

    /// Walks over the elements when the value is an array. Their ranges count from the start of this value.
    ///
    /// - Throws: ``JSONError`` when it is none.
    package func elements(_ each: (_ value: JSONSlice) throws(JSONError) -> Void) throws(JSONError) {
        var scanner = JSONScanner(self.bytes, maximumDepth: .max)
        let bytes = self.bytes
        try scanner.elements { (value) throws(JSONError) in try each(JSONSlice(bytes, value)) }
    }
}
