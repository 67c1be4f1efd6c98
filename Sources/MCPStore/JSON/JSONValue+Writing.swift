import NIOCore

extension JSONValue: CustomStringConvertible {
    /// As JSON in one line, members in the order of their names.
    public var description: String {
        var buffer = ByteBuffer()
        write(to: &buffer)
        return String(buffer: buffer)
    }

    /// As JSON in one line, members in the order of their names.
    package var buffer: ByteBuffer {
        var buffer = ByteBuffer()
        write(to: &buffer)
        return buffer
    }

    /// As JSON for people: one member or element a line.
    package var indented: String {
        var text = ""
        writeIndented(to: &text, indentation: "")
        return text
    }

    package func write(to buffer: inout ByteBuffer) {
        switch self {
        case .null: buffer.writeStaticString("null")
        case .bool(let value): buffer.writeString(value ? "true" : "false")
        case .integer(let number): buffer.writeString(String(number))
        case .number(let number): buffer.writeString(number.isFinite ? "\(number)" : "null")
        case .string(let text): Self.write(text, to: &buffer)
        case .array(let elements):
            buffer.writeStaticString("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                element.write(to: &buffer)
            }
            buffer.writeStaticString("]")
        case .object(let members):
            buffer.writeStaticString("{")
            for (index, name) in members.keys.sorted().enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                Self.write(name, to: &buffer)
                buffer.writeStaticString(":")
                members[name]?.write(to: &buffer)
            }
            buffer.writeStaticString("}")
        }
    }

    /// Writes a string with its quotes. Line separators are escaped too, so that a line stays a line for everybody.
    package static func write(_ text: String, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": buffer.writeStaticString("\\\"")
            case "\\": buffer.writeStaticString("\\\\")
            case "\n": buffer.writeStaticString("\\n")
            case "\r": buffer.writeStaticString("\\r")
            case "\t": buffer.writeStaticString("\\t")
            case "\u{0}"..<"\u{20}", "\u{7F}", "\u{85}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                buffer.writeString("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: buffer.writeString(String(scalar))
            }
        }
        buffer.writeStaticString("\"")
    }

    private func writeIndented(to text: inout String, indentation: String) {
        let inner = indentation + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            text += "["
            for (index, element) in elements.enumerated() {
                text += (index > 0 ? ",\n" : "\n") + inner
                element.writeIndented(to: &text, indentation: inner)
            }
            text += "\n\(indentation)]"
        case .object(let members) where !members.isEmpty:
            text += "{"
            for (index, name) in members.keys.sorted().enumerated() {
                text += (index > 0 ? ",\n" : "\n") + inner + "\(JSONValue.string(name)): "
                members[name]?.writeIndented(to: &text, indentation: inner)
            }
            text += "\n\(indentation)}"
        default: text += description
        }
    }
}
