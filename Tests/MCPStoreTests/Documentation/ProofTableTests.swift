import Foundation
import Testing

/// `docs/proof.md` names the tests of each sentence of the job protocol: every one exists.
struct ProofTableTests {
    private static let subjects = [
        "Entry", "Accepted", "Deadline", "Fetch", "Own what was delivered", "Settle", "The caller's deadline", "Liveness",
        "Retry",
        "Outcomes", "Jobs that nobody can fetch", "Results", "Delayed jobs", "Progress and cancellation", "Snapshots",
        "Auto dataspaces", "When data is deleted under us", "What Redis can forget",
    ]

    /// Cells of the rows of a table, without its head.
    private func rows(_ heading: String) throws -> [[String]] {
        let lines = try Documentation.text("docs/proof.md").split(separator: "\n").drop { !$0.hasPrefix(heading) }
        return lines.dropFirst(2).prefix { $0.hasPrefix("|") }.map { line in
            line.replacing("\\|", with: "/").split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private func names(_ cell: String) -> [String] {
        cell.split(separator: " · ").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
    }

    @Test func `Every sentence of the job protocol has tests that exist, and what is not built is said`() throws {
        let tests = Set(try Documentation.testNames().map { $0.replacing(#/^S\d+: /#, with: "") })
        let rows = try rows("| about")
        var subjects: [String] = []
        for row in rows {
            try #require(row.count == 3, "\(row)")
            if subjects.last != row[0] { subjects.append(row[0]) }
            if row[2].hasPrefix("not built: ") { continue }
            #expect(!names(row[2]).isEmpty)
            for name in names(row[2]) { #expect(tests.contains(name), "'\(row[1])': there is no test '\(name)'") }
        }
        #expect(subjects == Self.subjects)
        #expect(rows.count(where: { $0[2].hasPrefix("not built: ") }) <= 1)
    }

    @Test func `Every interleaving that is named has a test that exists`() throws {
        let tests = Set(try Documentation.testNames())
        let rows = try rows("| what meets")
        #expect(rows.count >= 12)
        for row in rows where row[1] != "in every scenario" {
            for name in names(row[1]) { #expect(tests.contains(name), "'\(row[0])': there is no test '\(name)'") }
        }
    }
}
