/// One value inside a JSON text that was found well formed: a view that reads what it is asked for, and can be written out
/// again byte by byte.
struct JSONSlice: Sendable {
    enum Kind { case object, array, string, number, boolean, null }

    private let document: [UInt8]
    private let range: Range<Int>

    /// The one value in `document`.
    init(parsing document: [UInt8]) throws(JSONError) {
        self.range = try JSONValidator.validate(document)
        self.document = document
    }

    private init(document: [UInt8], range: Range<Int>) {
        self.document = document
        self.range = range
    }

    /// The bytes of the value as they came.
    var raw: ArraySlice<UInt8> { self.document[self.range] }

    var kind: Kind {
        switch self.document[self.range.lowerBound] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// The text of a string, with its escapes resolved; nil for other values.
    var string: String? {
        guard self.kind == .string else { return nil }
        let inner = self.document[(self.range.lowerBound + 1)..<(self.range.upperBound - 1)]
        return inner.contains(UInt8(ascii: "\\")) ? JSONEscapes.resolve(inner) : String(decoding: inner, as: UTF8.self)
    }

    /// The value of a number without fraction and exponent that fits; nil for other values.
    var integer: Int? {
        self.kind == .number ? Int(String(decoding: self.raw, as: UTF8.self)) : nil
    }

    var double: Double? {
        self.kind == .number ? Double(String(decoding: self.raw, as: UTF8.self)) : nil
    }

    /// The value of the first member called `name`; nil when there is none or this is no object.
    func member(_ name: StaticString) -> JSONSlice? {
        var found: JSONSlice?
        self.forEachMember { key, value in
            guard key.isString(name) else { return true }
            found = value
            return false
        }
        return found
    }

    /// Whether this is a string with the text `text`.
    func isString(_ text: StaticString) -> Bool {
        guard self.kind == .string else { return false }
        let inner = self.document[(self.range.lowerBound + 1)..<(self.range.upperBound - 1)]
        if inner.isEqual(to: text) { return true }
        return inner.contains(UInt8(ascii: "\\")) && self.string == "\(text)"
    }

    /// Calls `body` with key and value of each member until it returns false. Does nothing unless this is an object.
    func forEachMember(_ body: (_ key: JSONSlice, _ value: JSONSlice) -> Bool) {
        guard self.kind == .object else { return }
        var index = self.skipSeparators(from: self.range.lowerBound + 1)
        while self.document[index] != UInt8(ascii: "}") {
            let keyEnd = self.endOfValue(at: index)
            let key = JSONSlice(document: self.document, range: index..<keyEnd)
            let start = self.skipSeparators(from: keyEnd)
            let end = self.endOfValue(at: start)
            guard body(key, JSONSlice(document: self.document, range: start..<end)) else { return }
            index = self.skipSeparators(from: end)
        }
    }

    /// The text is known to be well formed, so separators need no telling apart.
    private func skipSeparators(from start: Int) -> Int {
        var index = start
        while isJSONWhitespace(self.document[index])
            || self.document[index] == UInt8(ascii: ",") || self.document[index] == UInt8(ascii: ":")
        {
            index += 1
        }
        return index
    }

    private func endOfValue(at start: Int) -> Int {
        var index = start
        var depth = 0
        repeat {
            switch self.document[index] {
            case UInt8(ascii: "\""): index = self.endOfString(at: index)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                index += 1
            default:
                if depth == 0 { return self.endOfScalar(at: index) }
                index += 1
            }
        } while depth > 0
        return index
    }

    private func endOfString(at start: Int) -> Int {
        var index = start + 1
        while self.document[index] != UInt8(ascii: "\"") {
            index += self.document[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return index + 1
    }

    private func endOfScalar(at start: Int) -> Int {
        var index = start
        while index < self.document.count {
            let byte = self.document[index]
            if isJSONWhitespace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                break
            }
            index += 1
        }
        return index
    }
}
