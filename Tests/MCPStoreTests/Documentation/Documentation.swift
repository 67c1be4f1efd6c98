import Foundation
import Testing

/// The files of this package that show code.
enum Documentation {
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Blocks in `language` of README, docs, deploy notes and the doc comments of the public module.
    static func blocks(_ language: String) throws -> [CodeBlock] {
        try (markdown() + files(in: "Sources/MCPStore", suffix: ".swift"))
            .flatMap { CodeBlock.blocks(of: $0, text: try text($0)) }
            .filter { $0.language == language }
    }

    static func markdown() throws -> [String] {
        try ["README.md", "CONTRIBUTING.md"] + files(in: "docs", suffix: ".md") + files(in: "cluster", suffix: ".md")
    }

    /// Swift files that are compiled and run by the tests.
    static func compiled() throws -> [String] {
        try files(in: "Examples", suffix: ".swift") + files(in: "Tests/MCPStoreTests/Documentation", suffix: "Snippets.swift")
    }

    /// The names of all tests that are functions with a name in backticks.
    static func testNames() throws -> [String] {
        try files(in: "Tests", suffix: ".swift").flatMap { file in
            try text(file).split(separator: "\n").compactMap { line in
                guard let start = line.firstRange(of: "func `")?.upperBound, let end = line[start...].firstIndex(of: "`") else {
                    return nil
                }
                return String(line[start..<end])
            }
        }
    }

    static func text(_ file: String) throws -> String {
        try String(contentsOf: package.appending(path: file), encoding: .utf8)
    }

    private static func files(in folder: String, suffix: String) throws -> [String] {
        let root = package.appending(path: folder)
        guard FileManager.default.fileExists(atPath: root.path) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(suffix) }.sorted()
            .map { "\(folder)/\($0)" }
    }
}
