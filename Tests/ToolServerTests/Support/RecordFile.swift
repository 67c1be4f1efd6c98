import Foundation
import Testing

/// A file for the record_* tools, which goes away with this.
final class RecordFile {
    let path = FileManager.default.temporaryDirectory.appending(path: "toolserver-\(UUID().uuidString).jsonl").path

    init() throws {
        try #require(FileManager.default.createFile(atPath: self.path, contents: nil))
    }

    deinit {
        _ = try? FileManager.default.removeItem(atPath: self.path)
    }

    func lines() throws -> [JSONText] {
        try String(contentsOfFile: self.path, encoding: .utf8).split(separator: "\n").map { try JSONText($0) }
    }

    /// Each line as `id event`.
    func events() throws -> [String] {
        try self.lines().map { "\($0.text("id") ?? "?") \($0.text("event") ?? "?")" }
    }
}
