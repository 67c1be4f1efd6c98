import Foundation
import MCPStore
import TestSupport

/// A file of calls, and that of their answers.
struct BatchFileSet: Sendable {
    let calls: String
    let answers: String

    init(_ cluster: ClusterFixture, _ lines: [String]) throws {
        let name = String(UInt32.random(in: .min ... .max), radix: 36)
        calls = "\(cluster.directory.path)/calls-\(name).jsonl"
        answers = "\(cluster.directory.path)/answers-\(name).jsonl"
        try (lines.joined(separator: "\n") + "\n").write(toFile: calls, atomically: false, encoding: .utf8)
    }

    private init(calls: String, answers: String) {
        self.calls = calls
        self.answers = answers
    }

    /// Moves all files of the batch into a directory of their own, as to another machine.
    func moved() throws -> BatchFileSet {
        let new = URL(filePath: answers).deletingLastPathComponent().appending(path: "moved")
        try FileManager.default.createDirectory(at: new, withIntermediateDirectories: true)
        let paths = try [calls, answers, answers + ".batch"].map { path in
            let target = new.appending(path: URL(filePath: path).lastPathComponent).path(percentEncoded: false)
            try FileManager.default.moveItem(atPath: path, toPath: target)
            return target
        }
        return BatchFileSet(calls: paths[0], answers: paths[1])
    }

    /// Whole lines of answers; none where there is no file yet.
    func lines() throws -> [Data] {
        let bytes = FileManager.default.contents(atPath: answers) ?? Data()
        return bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map { Data($0) }
    }

    func parsed() throws -> [JSONValue] { try lines().map { try JSONValue(parsing: $0) } }

    /// How many answers there are of each outcome.
    func outcomes() throws -> [String: Int] {
        Dictionary(try parsed().map { ($0["outcome"]?.stringValue ?? "", 1) }, uniquingKeysWith: +)
    }
}
