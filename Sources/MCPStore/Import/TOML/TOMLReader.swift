/// Reads TOML 1.0 as the JSON value that it means, strictly. Dates and times become strings, as do `inf` and `nan`.
///
/// There is none among the packages that MCPStore stands on, and Codex keeps its servers in TOML.
struct TOMLReader {
    /// What is nested deeper, by brackets or by dots in a key, is refused; under a header it may be as deep again.
    static let maximumDepth = 100

    let bytes: [UInt8]
    var position = 0
    private var line = 1
    private let root = TOMLTable(.header)

    private init(_ bytes: some Collection<UInt8>) { self.bytes = Array(bytes) }

    /// - Throws: ``TOMLError`` with the line.
    static func read(_ bytes: some Collection<UInt8>) throws(TOMLError) -> JSONValue {
        var reader = TOMLReader(bytes)
        guard String(validating: reader.bytes, as: UTF8.self) != nil else {
            throw TOMLError(line: 1, problem: "the text is not UTF-8")
        }
        try reader.document()
        return reader.root.value
    }

    private mutating func document() throws(TOMLError) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        var table = root
        while true {
            try skipLines()
            guard let byte = peek else { return }
            if byte == UInt8(ascii: "[") {
                table = try header()
            } else {
                try assignment(to: table, depth: 0)
            }
            try endOfLine()
        }
    }

    // MARK: Tables

    private mutating func header() throws(TOMLError) -> TOMLTable {
        position += 1
        let isArray = take("[")
        let keys = try keys(depth: 0)
        guard take("]"), !isArray || take("]") else {
            throw error("expected '\(isArray ? "]]" : "]")' behind the name of a table")
        }
        var table = root
        for key in keys.dropLast() { table = try child(key, of: table, origin: .implied) }
        let name = keys[keys.count - 1]
        switch table.members[name] {
        case nil:
            let new = TOMLTable(.header)
            table.members[name] = isArray ? .tables([new]) : .table(new)
            return new
        case .tables(let tables)? where isArray:
            let new = TOMLTable(.header)
            table.members[name] = .tables(tables + [new])
            return new
        case .table(let present)? where !isArray && present.origin == .implied:
            present.origin = .header
            return present
        default: throw error("'\(keys.joined(separator: "."))' is defined a second time")
        }
    }

    /// A table on the way to a key.
    private func child(_ key: String, of table: TOMLTable, origin: TOMLTable.Origin) throws(TOMLError) -> TOMLTable {
        switch table.members[key] {
        case nil:
            let new = TOMLTable(origin)
            table.members[key] = .table(new)
            return new
        case .table(let present)?:
            if origin == .dottedKey, present.origin == .header { throw error("'\(key)' is defined a second time") }
            return present
        case .tables(let tables)? where origin == .implied:
            if let last = tables.last { return last }
            throw error("'\(key)' is empty")
        default: throw error("'\(key)' is no table")
        }
    }

    /// `key = value`; the key may have dots.
    private mutating func assignment(to table: TOMLTable, depth: Int) throws(TOMLError) {
        let keys = try keys(depth: depth)
        guard take("=") else { throw error("expected '=' behind a key") }
        skipSpaces()
        var table = table
        for key in keys.dropLast() { table = try child(key, of: table, origin: .dottedKey) }
        let name = keys[keys.count - 1]
        guard table.members[name] == nil else { throw error("'\(keys.joined(separator: "."))' is defined a second time") }
        table.members[name] = .value(try value(depth: depth + keys.count - 1))
    }

    /// `{ a = 1, b.c = 2 }`
    mutating func inlineTable(depth: Int) throws(TOMLError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw tooDeep }
        position += 1
        let table = TOMLTable(.header)
        skipSpaces()
        if take("}") { return table.value }
        while true {
            skipSpaces()
            try assignment(to: table, depth: depth + 1)
            skipSpaces()
            if take("}") { return table.value }
            guard take(",") else { throw error("expected ',' or '}' in an inline table") }
        }
    }

    mutating func array(depth: Int) throws(TOMLError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw tooDeep }
        position += 1
        var elements: [JSONValue] = []
        while true {
            try skipLines()
            if take("]") { return .array(elements) }
            elements.append(try value(depth: depth + 1))
            try skipLines()
            if take("]") { return .array(elements) }
            guard take(",") else { throw error("expected ',' or ']' in an array") }
        }
    }

    // MARK: Keys

    /// One key or several with dots between them; never empty.
    private mutating func keys(depth: Int) throws(TOMLError) -> [String] {
        var keys: [String] = []
        repeat {
            guard depth + keys.count < Self.maximumDepth else { throw tooDeep }
            skipSpaces()
            keys.append(try key())
            skipSpaces()
        } while take(".")
        return keys
    }

    private mutating func key() throws(TOMLError) -> String {
        switch peek {
        case UInt8(ascii: "\""): return try basicString()
        case UInt8(ascii: "'"): return try literalString()
        default:
            let start = position
            while let byte = peek, Self.isBare(byte) { position += 1 }
            guard position > start else { throw error("expected a key") }
            return text(start..<position)
        }
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    // MARK: Bytes

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    func error(_ problem: String) -> TOMLError { TOMLError(line: line, problem: problem) }

    private var tooDeep: TOMLError { error("values are nested deeper than \(Self.maximumDepth)") }

    mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        let matches =
            position + count <= bytes.count
            && text.withUTF8Buffer { $0.elementsEqual(bytes[position..<(position + count)]) }
        if matches { position += count }
        return matches
    }

    mutating func skipSpaces() {
        while peek == UInt8(ascii: " ") || peek == UInt8(ascii: "\t") { position += 1 }
    }

    /// The end of a line, if there is one here.
    mutating func takeNewline() -> Bool {
        guard take("\n") || take("\r\n") else { return false }
        line += 1
        return true
    }

    /// White space, ends of lines and comments.
    mutating func skipLines() throws(TOMLError) {
        repeat {
            skipSpaces()
            try skipComment()
        } while takeNewline()
    }

    private mutating func skipComment() throws(TOMLError) {
        guard peek == UInt8(ascii: "#") else { return }
        while let byte = peek, byte != UInt8(ascii: "\n") {
            if byte < 0x20, byte != 9, byte != 13 { throw error("a control character in a comment") }
            position += 1
        }
        // Of "\r\n" the whole is the end of the line.
        if position > 0, peek != nil, bytes[position - 1] == 13 { position -= 1 }
    }

    private mutating func endOfLine() throws(TOMLError) {
        skipSpaces()
        try skipComment()
        guard peek == nil || takeNewline() else { throw error("expected the end of the line") }
    }
}
