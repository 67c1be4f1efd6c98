import Foundation
import NIOCore

/// Arguments with places for the fields of a CSV record: `{"city":"{{city}}","days":{{days}}}`.
///
/// Within a JSON string a field becomes text of that string, whatever it holds. Outside of one it must be JSON itself: a number,
/// `true`, `false`, `null`, or an array or object.
package struct ArgumentTemplate: Sendable {
    private enum Part: Sendable {
        case text(String)
        case string(Int)
        case value(Int, String)
    }

    private let parts: [Part]

    /// - Throws: ``MCPStoreError`` (`invalidArguments`) where it names a column that there is not, or is no JSON object with fields in
    ///   its places.
    package init(_ template: String, columns: [String]) throws(MCPStoreError) {
        var parts: [Part] = []
        var text = ""
        var isString = false
        var isEscaped = false
        var rest = template[...]
        while let character = rest.first {
            // No JSON holds two of them outside of a string.
            if rest.hasPrefix("{{"), let end = rest.firstRange(of: "}}") {
                let index = try Self.column(rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound], columns)
                if !text.isEmpty { parts.append(.text(text)) }
                text = ""
                parts.append(isString ? .string(index) : .value(index, columns[index]))
                rest = rest[end.upperBound...]
                continue
            }
            if isString, isEscaped {
                isEscaped = false
            } else if isString, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isString.toggle()
            }
            text.append(character)
            rest.removeFirst()
        }
        if !text.isEmpty { parts.append(.text(text)) }
        self.parts = parts
        try checkForm(template)
    }

    /// A template that is broken is one mistake, not one a line. Tried with fields that fit their places and are all different.
    private func checkForm(_ template: String) throws(MCPStoreError) {
        // All of the arguments are in one column.
        if parts.count == 1, case .value = parts[0] { return }
        var text = ""
        for (index, part) in parts.enumerated() {
            switch part {
            case .text(let own): text += own
            case .string: text += "field \(index)"
            case .value: text += isName(index) ? "\"field \(index)\"" : "\(index + 1)"
            }
        }
        let problem: String
        do {
            if case .object = try JSONValue(parsing: text.utf8) { return }
            problem = template.oneLine
        } catch {
            problem = "\(error.problem) in \(text.oneLine)"
        }
        throw MCPStoreError(.invalidArguments, "the template is no JSON object: \(problem)")
    }

    /// Whether what stands in a place must be the name of a member.
    private func isName(_ index: Int) -> Bool {
        guard index + 1 < parts.count, case .text(let next) = parts[index + 1] else { return false }
        return next.first { !$0.isWhitespace } == ":"
    }

    /// All columns as strings under their names.
    package init(all columns: [String]) {
        var parts: [Part] = [.text("{")]
        for (index, column) in columns.enumerated() where !column.isEmpty {
            parts.append(.text((parts.count > 1 ? "\"," : "") + "\(JSONValue.string(column)):\""))
            parts.append(.string(index))
        }
        parts.append(.text(parts.count > 1 ? "\"}" : "}"))
        self.parts = parts
    }

    /// The column that a place names.
    private static func column(_ place: Substring, _ columns: [String]) throws(MCPStoreError) -> Int {
        let name = place.trimmingCharacters(in: .whitespaces)
        if let index = columns.firstIndex(of: name) { return index }
        let known = columns.filter { !$0.isEmpty }.joined(separator: ", ")
        throw MCPStoreError(.invalidArguments, "there is no column '\(name.oneLine)' in the header: \(known.oneLine)")
    }

    /// The arguments of one record.
    ///
    /// - Throws: ``MCPStoreError`` (`invalidArguments`) where a field is no JSON and has to be.
    package func arguments(_ fields: [String]) throws(MCPStoreError) -> ByteBuffer {
        var buffer = ByteBuffer()
        for part in parts {
            switch part {
            case .text(let text): buffer.writeString(text)
            case .string(let index): buffer.writeString(String("\(JSONValue.string(fields[index]))".dropFirst().dropLast()))
            case .value(let index, let column):
                let field = fields[index]
                guard Self.isJSON(field) else {
                    throw MCPStoreError(
                        .invalidArguments,
                        "column '\(column.oneLine)' holds '\(field.oneLine.prefix(60))', which is no JSON value: put {{\(column.oneLine)}} into quotes to make a string of it"
                    )
                }
                buffer.writeString(field)
            }
        }
        return buffer
    }

    private static func isJSON(_ text: String) -> Bool {
        do {
            _ = try JSONValue(parsing: text.utf8)
            return true
        } catch {
            return false
        }
    }
}
