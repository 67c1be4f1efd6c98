extension TOMLReader {
    mutating func value(depth: Int) throws(TOMLError) -> JSONValue {
        switch peek {
        case UInt8(ascii: "\""):
            if let text = try multiline("\"\"\"") { return .string(text) }
            return .string(try basicString())
        case UInt8(ascii: "'"):
            if let text = try multiline("'''") { return .string(text) }
            return .string(try literalString())
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "{"): return try inlineTable(depth: depth)
        default: return try word()
        }
    }

    // MARK: Strings

    mutating func basicString() throws(TOMLError) -> String {
        position += 1
        var result: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): result += try escape()
            case 9, 0x20...0x7E, 0x80...:
                result.append(byte)
                position += 1
            default: throw error(byte == 10 || byte == 13 ? "a string is not closed" : "a control character in a string")
            }
        }
        throw error("a string is not closed")
    }

    mutating func literalString() throws(TOMLError) -> String {
        position += 1
        let start = position
        while let byte = peek {
            if byte == UInt8(ascii: "'") {
                position += 1
                return text(start..<(position - 1))
            }
            guard byte == 9 || byte >= 0x20 && byte != 0x7F else { throw error("a string is not closed") }
            position += 1
        }
        throw error("a string is not closed")
    }

    /// A string in three quotes; `nil` where there are no three.
    private mutating func multiline(_ quotes: StaticString) throws(TOMLError) -> String? {
        guard take(quotes) else { return nil }
        let quote = bytes[position - 1]
        let hasEscapes = quote == UInt8(ascii: "\"")
        _ = takeNewline()
        var result: [UInt8] = []
        while let byte = peek {
            if take(quotes) {
                // Up to two quotes may stand before the three that close.
                for _ in 0..<2 where peek == quote {
                    result.append(quote)
                    position += 1
                }
                return String(decoding: result, as: UTF8.self)
            }
            if takeNewline() {
                result.append(10)
            } else if hasEscapes, byte == UInt8(ascii: "\\") {
                if !continuesLine() { result += try escape() } else { try skipContinuation() }
            } else {
                guard byte == 9 || byte >= 0x20 && byte != 0x7F else { throw error("a control character in a string") }
                result.append(byte)
                position += 1
            }
        }
        throw error("a string is not closed")
    }

    /// Whether there is nothing but white space between a backslash and the end of its line.
    private func continuesLine() -> Bool {
        var index = position + 1
        while index < bytes.count, bytes[index] == 9 || bytes[index] == 0x20 || bytes[index] == 13 { index += 1 }
        return index < bytes.count && bytes[index] == 10
    }

    private mutating func skipContinuation() throws(TOMLError) {
        position += 1
        repeat { skipSpaces() } while takeNewline()
    }

    private mutating func escape() throws(TOMLError) -> [UInt8] {
        position += 1
        guard let byte = peek else { throw error("a string is not closed") }
        position += 1
        switch byte {
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "e"): return [27]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [byte]
        case UInt8(ascii: "u"): return try scalar(4)
        case UInt8(ascii: "U"): return try scalar(8)
        default: throw error("an unknown escape in a string")
        }
    }

    private mutating func scalar(_ count: Int) throws(TOMLError) -> [UInt8] {
        var number: UInt32 = 0
        for _ in 0..<count {
            guard let byte = peek, let digit = JSONScanner.digit(byte) else {
                throw error("expected \(count) hexadecimal digits in a string")
            }
            number = number << 4 | digit
            position += 1
        }
        guard let scalar = Unicode.Scalar(number) else { throw error("an escape in a string that is no character") }
        return Array(String(scalar).utf8)
    }

    // MARK: Everything else

    /// A boolean, a number, or a date.
    private mutating func word() throws(TOMLError) -> JSONValue {
        var word = takeWord()
        if word.isEmpty { throw error("expected a value") }
        if word == "true" { return true }
        if word == "false" { return false }
        if Self.isDate(word) {
            // Between date and time there may be a space.
            if word.count == 10, peek == UInt8(ascii: " "), position + 1 < bytes.count,
                (0x30...0x39).contains(bytes[position + 1])
            {
                position += 1
                word += " " + takeWord()
            }
            return .string(word)
        }
        if ["inf", "+inf", "-inf", "nan", "+nan", "-nan"].contains(word) { return .string(word) }
        if let number = Self.number(word) { return number }
        // The word itself may be a secret whose quotes were forgotten.
        throw error("a value that is no number, date, true or false: texts stand in quotes")
    }

    private mutating func takeWord() -> String {
        let start = position
        while let byte = peek, byte > 0x20, byte != 0x7F, !",]}#=\"'[{".utf8.contains(byte) { position += 1 }
        return text(start..<position)
    }

    private static func isDate(_ word: String) -> Bool {
        let bytes = Array(word.utf8)
        func isDigit(_ index: Int) -> Bool { (0x30...0x39).contains(bytes[index]) }
        let dash = UInt8(ascii: "-")
        if bytes.count >= 10, (0..<4).allSatisfy(isDigit), bytes[4] == dash, bytes[7] == dash { return true }
        return bytes.count >= 5 && isDigit(0) && isDigit(1) && bytes[2] == UInt8(ascii: ":") && isDigit(3) && isDigit(4)
    }

    private static func number(_ word: String) -> JSONValue? {
        let digits = Array(word.utf8)
        // Each underscore stands between two digits.
        for (index, byte) in digits.enumerated() where byte == UInt8(ascii: "_") {
            guard index > 0, index + 1 < digits.count, JSONScanner.digit(digits[index - 1]) != nil,
                JSONScanner.digit(digits[index + 1]) != nil
            else { return nil }
        }
        let plain = word.filter { $0 != "_" }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where plain.hasPrefix(prefix) {
            let digits = plain.dropFirst(2)
            return digits.first?.isHexDigit == true ? Int(digits, radix: radix).map { .integer($0) } : nil
        }
        let unsigned = plain.first == "-" || plain.first == "+" ? plain.dropFirst() : plain[...]
        guard let first = unsigned.first, first.isASCII, first.isNumber, unsigned.last?.isNumber == true,
            !(first == "0" && unsigned.dropFirst().first?.isNumber == true)
        else { return nil }
        if let integer = Int(plain) { return .integer(integer) }
        guard unsigned.allSatisfy({ "0123456789.eE+-".contains($0) }), !unsigned.contains(".e"), !unsigned.contains(".E"),
            let number = Double(plain), number.isFinite
        else { return nil }
        return .number(number)
    }
}
