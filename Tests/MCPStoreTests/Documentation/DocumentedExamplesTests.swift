import ArgumentParser
import Foundation
import Testing

@testable import Command

/// Documentation that does not run is what users complain about: what it shows is compiled, run and parsed here.
struct DocumentedExamplesTests {
    @Test func `Every Swift example of the documentation is part of a file that is compiled and run`() throws {
        let blocks = try Documentation.blocks("swift")
        #expect(blocks.count >= 3)
        let files = try Documentation.compiled().map { file in
            CodeBlock.essence(of: try Documentation.text(file).components(separatedBy: "\n"))
        }
        for block in blocks {
            let essence = block.essence
            let isCompiled = files.contains { $0.firstRange(of: essence) != nil }
            #expect(
                isCompiled,
                "the example at \(block.file):\(block.line) is in no compiled file: put it into a *Snippets.swift"
            )
        }
    }

    @Test func `Every command line of the documentation is understood`() throws {
        let lines = try Documentation.blocks("sh").flatMap { block in
            block.code.enumerated().map { (place: "\(block.file):\(block.line + $0.offset)", line: $0.element) }
        }.filter { $0.line.hasPrefix("mcpstore ") }
        #expect(lines.count >= 10)
        for (place, line) in lines {
            let words = try ShellWords.split(line)
            #expect(throws: Never.self, "\(place): \(line)") {
                _ = try MCPStoreCommand.parseAsRoot(Array(words.dropFirst()))
            }
        }
    }
}
