import Foundation
import TestSupport

/// What `docs/keys.md` says about the five keys of a space: the names in the first column of each table.
struct DocumentedKeys {
    /// The text of the file.
    let text: String

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
        self.text = try String(contentsOf: root.appending(path: "docs/keys.md"), encoding: .utf8)
    }

    /// The section of the key `{space}:` + `pattern`, without its heading.
    func section(_ pattern: String) throws -> String {
        let heading = "### `{space}:\(pattern)`"
        guard let start = self.text.range(of: heading) else { throw PeerError("docs/keys.md has no section \(heading)") }
        let rest = self.text[start.upperBound...]
        return String(rest[..<(rest.range(of: "\n##")?.lowerBound ?? rest.endIndex)])
    }

    /// The fields or members in the section's table.
    func fields(_ pattern: String) throws -> Set<String> {
        let rows = try self.section(pattern).split(separator: "\n").filter { $0.hasPrefix("| `") }
        let names = rows.flatMap { row in Self.quoted(row.split(separator: "|")[0]) }
        guard !names.isEmpty else { throw PeerError("docs/keys.md says nothing of \(pattern)") }
        return Set(names)
    }

    /// The names that the second column of the row of `field` lists.
    func values(_ pattern: String, of field: String) throws -> Set<String> {
        let row = try self.section(pattern).split(separator: "\n").first { $0.hasPrefix("| `\(field)`") }
        guard let row else { throw PeerError("docs/keys.md has no row '\(field)' of \(pattern)") }
        return Set(Self.quoted(row.split(separator: "|")[1]))
    }

    /// What stands between backticks.
    private static func quoted(_ text: Substring) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map { String($0.element) }
    }
}
