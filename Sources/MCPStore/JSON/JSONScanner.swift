import MCPStoreProtocol

/// A strict, bounded walk over JSON text (RFC 8259) that says where values lie and decodes nothing, so that bytes which need
/// no understanding are forwarded as they are (invariant I14).
///
/// It does not check that strings are UTF-8; ``isUTF8(_:)`` does, for a whole text at once. Its errors are for people who write
/// configurations and arguments, and it reads JSONC; what servers send is scanned by that of `MCPStoreProtocol`.
struct JSONScanner {
    /// Values nested deeper than this are refused: whoever reads them after us may recurse.
    static let maximumDepth = 200

    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    /// Whether it is what people write in configuration files ("JSONC"): with `//` and `/* */` comments, commas behind the
    /// last element, and a byte order mark.
    let allowsComments: Bool

    init(_ bytes: UnsafeRawBufferPointer, from position: Int = 0, allowsComments: Bool = false) {
        self.bytes = bytes
        self.position = position
        self.allowsComments = allowsComments
        if allowsComments, position == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { self.position = 3 }
    }

    /// The next byte that is no white space, not consumed; `nil` at the end.
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            case UInt8(ascii: "/") where allowsComments:
                if !skipComment() { return bytes[position] }
            default: return bytes[position]
            }
        }
        return nil
    }

    /// - Returns: `false` where there is none, or one that has no end.
    private mutating func skipComment() -> Bool {
        guard position + 1 < bytes.count else { return false }
        switch bytes[position + 1] {
        case UInt8(ascii: "/"):
            position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            return true
        case UInt8(ascii: "*"):
            var end = position + 2
            while end + 1 < bytes.count {
                if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") {
                    position = end + 2
                    return true
                }
                end += 1
            }
            return false
        default: return false
        }
    }

    /// Walks over one value and returns where it lies.
    mutating func value(depth: Int = 0) throws(JSONSyntaxError) -> Range<Int> {
        guard let first = peek() else { throw error("the text ends where a value is expected") }
        let start = position
        switch first {
        case UInt8(ascii: "{"): try members(depth: depth) { _, _ in }
        case UInt8(ascii: "["): try elements(depth: depth) { _ in }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw error("expected a value")
        }
        return start..<position
    }

    /// Walks over an object; `member` gets where the key (with its quotes) and the value lie.
    mutating func members(depth: Int = 0, _ member: (Range<Int>, Range<Int>) -> Void) throws(JSONSyntaxError) {
        try open(UInt8(ascii: "{"), "an object", depth)
        if peek() == UInt8(ascii: "}") { return position += 1 }
        while true {
            guard peek() == UInt8(ascii: "\"") else { throw error("expected a member name in double quotes") }
            let key = try string()
            guard peek() == UInt8(ascii: ":") else { throw error("expected ':'") }
            position += 1
            member(key, try value(depth: depth + 1))
            if try !goesOn(UInt8(ascii: "}"), "expected ',' or '}'") { return }
            if skipLast(UInt8(ascii: "}")) { return }
        }
    }

    /// Walks over an array; `element` gets where each value lies.
    mutating func elements(depth: Int = 0, _ element: (Range<Int>) -> Void) throws(JSONSyntaxError) {
        try open(UInt8(ascii: "["), "an array", depth)
        if peek() == UInt8(ascii: "]") { return position += 1 }
        while true {
            element(try value(depth: depth + 1))
            if try !goesOn(UInt8(ascii: "]"), "expected ',' or ']'") { return }
            if skipLast(UInt8(ascii: "]")) { return }
        }
    }

    /// Makes sure that nothing but white space is left.
    mutating func end() throws(JSONSyntaxError) {
        if peek() != nil { throw error("there is something behind the end of the value") }
    }

    private mutating func open(_ bracket: UInt8, _ what: String, _ depth: Int) throws(JSONSyntaxError) {
        guard peek() == bracket else { throw error("expected \(what)") }
        guard depth < Self.maximumDepth else { throw error("values are nested deeper than \(Self.maximumDepth)") }
        position += 1
    }

    private mutating func goesOn(_ end: UInt8, _ problem: String) throws(JSONSyntaxError) -> Bool {
        switch peek() {
        case UInt8(ascii: ","):
            position += 1
            return true
        case end:
            position += 1
            return false
        default: throw error(problem)
        }
    }

    /// The bracket behind a comma after the last element, where that is allowed.
    private mutating func skipLast(_ end: UInt8) -> Bool {
        guard allowsComments, peek() == end else { return false }
        position += 1
        return true
    }

    /// Walks over a string and returns where it lies, quotes included.
    mutating func string() throws(JSONSyntaxError) -> Range<Int> {
        let start = position
        position += 1
        while true {
            position = MCPStoreProtocol.JSONScanner.endOfPlainText(in: bytes, from: position)
            guard position < bytes.count else { break }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return start..<position
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw error("a control character in a string must be escaped")
            default: position += 1
            }
        }
        position = start
        throw error("a string is not closed")
    }

    private mutating func escape() throws(JSONSyntaxError) {
        guard position + 1 < bytes.count else { throw error("a string is not closed") }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard position + 6 <= bytes.count, bytes[(position + 2)..<(position + 6)].allSatisfy({ Self.digit($0) != nil }) else {
                throw error("expected four hexadecimal digits after \\u")
            }
            position += 6
        default: throw error("an unknown escape in a string")
        }
    }

    private mutating func word(_ text: StaticString) throws(JSONSyntaxError) {
        let count = text.utf8CodeUnitCount
        let matches =
            position + count <= bytes.count
            && text.withUTF8Buffer { $0.elementsEqual(bytes[position..<(position + count)]) }
        guard matches else { throw error("expected a value") }
        position += count
    }

    private mutating func number() throws(JSONSyntaxError) {
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
        if position == start { throw error("expected a digit") }
    }

    func error(_ problem: String) -> JSONSyntaxError { JSONSyntaxError(offset: position, problem: problem) }

    /// The value of a hexadecimal digit.
    static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Whether a text is UTF-8; copies nothing where it is ASCII.
    static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
}
