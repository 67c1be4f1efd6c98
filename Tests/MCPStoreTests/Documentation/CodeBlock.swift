import Foundation
import Testing

/// A piece of code that the documentation shows.
struct CodeBlock: Sendable, CustomTestStringConvertible {
    let file: String
    /// The line of its first line of code, from 1.
    let line: Int
    let language: String
    let code: [String]

    var testDescription: String { "\(file):\(line)" }

    /// The code without indentation, empty lines and imports: what must be found in a compiled file.
    var essence: [String] { Self.essence(of: code) }

    static func essence(of lines: [String]) -> [String] {
        lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty && !$0.hasPrefix("import ") }
    }

    /// Fenced blocks of a Markdown file, and in a Swift file the indented blocks of its doc comments.
    static func blocks(of file: String, text: String) -> [CodeBlock] {
        file.hasSuffix(".md") ? fenced(file, text) : commented(file, text)
    }

    private static func fenced(_ file: String, _ text: String) -> [CodeBlock] {
        var blocks: [CodeBlock] = []
        var open: (language: String, line: Int, code: [String])?
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if let block = open {
                    blocks.append(CodeBlock(file: file, line: block.line, language: block.language, code: block.code))
                    open = nil
                } else {
                    open = (line.dropFirst(3).trimmingCharacters(in: .whitespaces), number + 2, [])
                }
            } else {
                open?.code.append(String(line))
            }
        }
        return blocks
    }

    /// Code in a doc comment is indented by four spaces and follows an empty line; lines of a list are not code.
    private static func commented(_ file: String, _ text: String) -> [CodeBlock] {
        var blocks: [CodeBlock] = []
        var code: [String] = []
        var start = 0
        var isAfterGap = true
        func end() {
            if !code.isEmpty { blocks.append(CodeBlock(file: file, line: start, language: "swift", code: code)) }
            code = []
        }
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.hasPrefix("///     "), isAfterGap || !code.isEmpty {
                if code.isEmpty { start = number + 1 }
                code.append(String(trimmed.dropFirst("///     ".count)))
            } else {
                end()
                isAfterGap = trimmed == "///"
            }
        }
        end()
        return blocks
    }
}
