/// Walks over one JSON text (RFC 8259) once and says whether it is well formed. It builds nothing: values are read later,
/// where they are needed, by ``JSONSlice``.
struct JSONValidator {
    /// Deeper texts are refused, so that no message can exhaust the stack.
    static let maximumDepth = 128

    private let bytes: [UInt8]
    private var index = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The range of the one value in `bytes`, without the whitespace around it.
    static func validate(_ bytes: [UInt8]) throws(JSONError) -> Range<Int> {
        var validator = JSONValidator(bytes)
        validator.skipWhitespace()
        let start = validator.index
        try validator.value(depth: 0)
        let end = validator.index
        validator.skipWhitespace()
        guard validator.index == bytes.count else { throw validator.error("more than one value") }
        return start..<end
    }

    private mutating func value(depth: Int) throws(JSONError) {
        guard depth < Self.maximumDepth else { throw self.error("nested too deeply") }
        guard let byte = self.current else { throw self.error("a value was expected") }
        switch byte {
        case UInt8(ascii: "{"): try self.object(depth: depth)
        case UInt8(ascii: "["): try self.array(depth: depth)
        case UInt8(ascii: "\""): try self.string()
        case UInt8(ascii: "t"): try self.literal("true")
        case UInt8(ascii: "f"): try self.literal("false")
        case UInt8(ascii: "n"): try self.literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try self.number()
        default: throw self.error("a value was expected")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) {
        self.index += 1
        self.skipWhitespace()
        if self.take("}") { return }
        while true {
            self.skipWhitespace()
            guard self.current == UInt8(ascii: "\"") else { throw self.error("a key was expected") }
            try self.string()
            self.skipWhitespace()
            guard self.take(":") else { throw self.error("a colon was expected") }
            self.skipWhitespace()
            try self.value(depth: depth + 1)
            self.skipWhitespace()
            if self.take("}") { return }
            guard self.take(",") else { throw self.error("a comma or the end of the object was expected") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) {
        self.index += 1
        self.skipWhitespace()
        if self.take("]") { return }
        while true {
            self.skipWhitespace()
            try self.value(depth: depth + 1)
            self.skipWhitespace()
            if self.take("]") { return }
            guard self.take(",") else { throw self.error("a comma or the end of the array was expected") }
        }
    }

    private mutating func string() throws(JSONError) {
        self.index += 1
        while self.index < self.bytes.count {
            let byte = self.bytes[self.index]
            self.index += 1
            if byte == UInt8(ascii: "\"") { return }
            guard byte >= 0x20 else { throw self.error("a control character in a string") }
            if byte == UInt8(ascii: "\\") { try self.escape() }
        }
        throw self.error("a string without an end")
    }

    private mutating func escape() throws(JSONError) {
        let byte = self.current
        self.index += 1
        switch byte {
        case UInt8(ascii: "u"):
            for _ in 0..<4 {
                guard let digit = self.current, isHexDigit(digit) else {
                    throw self.error("four hexadecimal digits were expected")
                }
                self.index += 1
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            break
        default:
            throw self.error("an unknown escape")
        }
    }

    private mutating func number() throws(JSONError) {
        _ = self.take("-")
        if !self.take("0") { try self.digits() }
        if self.take(".") { try self.digits() }
        if self.take("e") || self.take("E") {
            if !self.take("+") { _ = self.take("-") }
            try self.digits()
        }
    }

    private mutating func digits() throws(JSONError) {
        let start = self.index
        while let byte = self.current, byte &- UInt8(ascii: "0") < 10 { self.index += 1 }
        guard self.index > start else { throw self.error("a digit was expected") }
    }

    private mutating func literal(_ word: StaticString) throws(JSONError) {
        let end = self.index + word.utf8CodeUnitCount
        guard end <= self.bytes.count, self.bytes[self.index..<end].isEqual(to: word) else {
            throw self.error("an unknown word")
        }
        self.index = end
    }

    private var current: UInt8? {
        self.index < self.bytes.count ? self.bytes[self.index] : nil
    }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard self.current == UInt8(ascii: byte) else { return false }
        self.index += 1
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = self.current, isJSONWhitespace(byte) { self.index += 1 }
    }

    private func error(_ reason: String) -> JSONError {
        JSONError(reason: reason, offset: self.index)
    }

    private func isHexDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 6
    }
}
