/// Walks over JSON text (RFC 8259) without building anything: it finds where values begin and end, and refuses what is not JSON.
///
/// Works on borrowed memory, allocates nothing and reads no byte outside of it. Bytes are validated on the way (grammar,
/// escapes, UTF-8), so that what was skipped can be forwarded as it is.
package struct JSONScanner {
    /// What is scanned. The scanner must not outlive it.
    package let bytes: UnsafeRawBufferPointer
    /// How deep values may be nested.
    package let maximumDepth: Int
    /// The offset of the next byte to look at.
    package private(set) var position = 0

    package init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = 128) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// Skips white space and one value.
    ///
    /// - Returns: The value without the white space around it.
    package mutating func value() throws(JSONError) -> Range<Int> {
        try self.value(depth: 0)
    }

    /// Walks over an object.
    ///
    /// - Parameter each: Gets the key (with its quotation marks) and the value of each member, in order.
    /// - Throws: ``JSONError``, also when the next value is no object.
    package mutating func members(
        _ each: (_ key: Range<Int>, _ value: Range<Int>) throws(JSONError) -> Void
    ) throws(JSONError) {
        self.skipWhitespace()
        guard self.position < self.bytes.count, self.bytes[self.position] == Byte.openBrace else {
            throw JSONError(.notAnObject, at: self.position)
        }
        try self.object(depth: 0, each)
    }

    /// Walks over an array.
    ///
    /// - Throws: ``JSONError``, also when the next value is no array.
    package mutating func elements(_ each: (_ value: Range<Int>) throws(JSONError) -> Void) throws(JSONError) {
        self.skipWhitespace()
        guard self.position < self.bytes.count, self.bytes[self.position] == Byte.openBracket else {
            throw JSONError(.notAnArray, at: self.position)
        }
        try self.array(depth: 0, each)
    }

    /// Makes sure that nothing but white space is left.
    package mutating func end() throws(JSONError) {
        self.skipWhitespace()
        guard self.position == self.bytes.count else { throw JSONError(.trailingBytes, at: self.position) }
    }
}

extension JSONScanner {
    private mutating func value(depth: Int) throws(JSONError) -> Range<Int> {
        let first = try self.nextToken()
        let start = self.position
        switch first {
        case Byte.quote: try self.string()
        case Byte.openBrace: try self.object(depth: depth) { _, _ in }
        case Byte.openBracket: try self.array(depth: depth) { _ in }
        case UInt8(ascii: "t"): try self.literal("true")
        case UInt8(ascii: "f"): try self.literal("false")
        case UInt8(ascii: "n"): try self.literal("null")
        case UInt8(ascii: "-"), Byte.zero...Byte.nine: try self.number()
        default: throw JSONError(.unexpectedByte, at: start)
        }
        return start..<self.position
    }

    private mutating func object(
        depth: Int,
        _ each: (_ key: Range<Int>, _ value: Range<Int>) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard depth < self.maximumDepth else { throw JSONError(.tooDeep, at: self.position) }
        self.position += 1
        if try self.nextToken() == Byte.closeBrace {
            self.position += 1
            return
        }
        while true {
            guard try self.nextToken() == Byte.quote else { throw JSONError(.unexpectedByte, at: self.position) }
            let keyStart = self.position
            try self.string()
            let key = keyStart..<self.position
            guard try self.nextToken() == Byte.colon else { throw JSONError(.unexpectedByte, at: self.position) }
            self.position += 1
            try each(key, try self.value(depth: depth + 1))
            let next = try self.nextToken()
            self.position += 1
            if next == Byte.closeBrace { return }
            guard next == Byte.comma else { throw JSONError(.unexpectedByte, at: self.position - 1) }
        }
    }

    private mutating func array(depth: Int, _ each: (_ value: Range<Int>) throws(JSONError) -> Void) throws(JSONError) {
        guard depth < self.maximumDepth else { throw JSONError(.tooDeep, at: self.position) }
        self.position += 1
        if try self.nextToken() == Byte.closeBracket {
            self.position += 1
            return
        }
        while true {
            try each(try self.value(depth: depth + 1))
            let next = try self.nextToken()
            self.position += 1
            if next == Byte.closeBracket { return }
            guard next == Byte.comma else { throw JSONError(.unexpectedByte, at: self.position - 1) }
        }
    }

    /// Skips white space and returns, but does not take, the byte after it.
    private mutating func nextToken() throws(JSONError) -> UInt8 {
        self.skipWhitespace()
        guard self.position < self.bytes.count else { throw JSONError(.unexpectedEnd, at: self.position) }
        return self.bytes[self.position]
    }

    private mutating func skipWhitespace() {
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case Byte.space, Byte.tab, Byte.newline, Byte.carriageReturn: self.position += 1
            default: return
            }
        }
    }

    private mutating func literal(_ text: StaticString) throws(JSONError) {
        let count = text.utf8CodeUnitCount
        guard self.bytes.count - self.position >= count else { throw JSONError(.unexpectedEnd, at: self.bytes.count) }
        for index in 0..<count where self.bytes[self.position + index] != text.utf8Start[index] {
            throw JSONError(.unexpectedByte, at: self.position + index)
        }
        self.position += count
    }

    private mutating func number() throws(JSONError) {
        if self.bytes[self.position] == UInt8(ascii: "-") { self.position += 1 }
        if self.position < self.bytes.count, self.bytes[self.position] == Byte.zero {
            self.position += 1
        } else {
            try self.digits()
        }
        if self.position < self.bytes.count, self.bytes[self.position] == UInt8(ascii: ".") {
            self.position += 1
            try self.digits()
        }
        if self.position < self.bytes.count, self.bytes[self.position] | 0x20 == UInt8(ascii: "e") {
            self.position += 1
            if self.position < self.bytes.count,
                self.bytes[self.position] == UInt8(ascii: "+") || self.bytes[self.position] == UInt8(ascii: "-")
            {
                self.position += 1
            }
            try self.digits()
        }
    }

    private mutating func digits() throws(JSONError) {
        let start = self.position
        while self.position < self.bytes.count, Byte.zero...Byte.nine ~= self.bytes[self.position] { self.position += 1 }
        guard self.position > start else { throw JSONError(.badNumber, at: start) }
    }

    /// Skips a string. The position is at its opening quotation mark.
    private mutating func string() throws(JSONError) {
        self.position += 1
        while true {
            self.position = Self.endOfPlainText(in: self.bytes, from: self.position)
            guard self.position < self.bytes.count else { throw JSONError(.unexpectedEnd, at: self.position) }
            switch self.bytes[self.position] {
            case Byte.quote:
                self.position += 1
                return
            case Byte.backslash: try self.escape()
            case 0x80...: try self.multibyteCharacter()
            default: throw JSONError(.badString, at: self.position)
            }
        }
    }

    private mutating func escape() throws(JSONError) {
        guard self.position + 1 < self.bytes.count else { throw JSONError(.unexpectedEnd, at: self.bytes.count) }
        switch self.bytes[self.position + 1] {
        case Byte.quote, Byte.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.position += 2
        case UInt8(ascii: "u"):
            guard self.position + 6 <= self.bytes.count else { throw JSONError(.unexpectedEnd, at: self.bytes.count) }
            for index in self.position + 2..<self.position + 6 where Byte.hexValue(self.bytes[index]) == nil {
                throw JSONError(.badEscape, at: index)
            }
            self.position += 6
        default: throw JSONError(.badEscape, at: self.position + 1)
        }
    }

    /// Skips one well-formed UTF-8 character of two to four bytes (Unicode 15, table 3-7).
    private mutating func multibyteCharacter() throws(JSONError) {
        let first = self.bytes[self.position]
        let (count, second): (Int, ClosedRange<UInt8>)
        switch first {
        case 0xC2...0xDF: (count, second) = (2, 0x80...0xBF)
        case 0xE0: (count, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (count, second) = (3, 0x80...0xBF)
        case 0xED: (count, second) = (3, 0x80...0x9F)
        case 0xF0: (count, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (count, second) = (4, 0x80...0xBF)
        case 0xF4: (count, second) = (4, 0x80...0x8F)
        default: throw JSONError(.badUTF8, at: self.position)
        }
        guard self.bytes.count - self.position >= count else { throw JSONError(.unexpectedEnd, at: self.bytes.count) }
        guard second ~= self.bytes[self.position + 1] else { throw JSONError(.badUTF8, at: self.position) }
        for index in 2..<max(count, 2) where self.bytes[self.position + index] & 0xC0 != 0x80 {
            throw JSONError(.badUTF8, at: self.position)
        }
        self.position += count
    }

    /// The offset of the next byte that is not plain text: a quotation mark, a backslash, a control character or a byte of
    /// a longer UTF-8 character; the count of bytes when there is none. Looks at eight bytes at a time.
    package static func endOfPlainText(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while bytes.count - position >= 8 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            // Subtracting finds bytes below a bound by their borrow. A borrow may mark a byte above a true hit wrongly, never
            // one below, and only the lowest mark is used.
            let controls = (word &- ones &* 0x20) & ~word
            let quotes = word ^ (ones &* UInt64(Byte.quote))
            let backslashes = word ^ (ones &* UInt64(Byte.backslash))
            let marks = (controls | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes) | word) & highs
            if marks != 0 { return position + marks.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x20 || byte >= 0x80 || byte == Byte.quote || byte == Byte.backslash { return position }
            position += 1
        }
        return position
    }
}
