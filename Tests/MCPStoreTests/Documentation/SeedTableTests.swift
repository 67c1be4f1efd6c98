import Foundation
import Testing

/// `docs/seed.md` is what a user who comes with the seed document reads: every row is there, and every test that it names exists.
struct SeedTableTests {
    @Test func `Every row of the seed is in the table, with tests that exist and name it`() throws {
        let tests = try Documentation.testNames()
        let rows = try Documentation.text("docs/seed.md").split(separator: "\n").filter { $0.hasPrefix("| S") }.map { line in
            line.replacing("\\|", with: "/").split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(rows.compactMap(\.first) == (1...20).map { "S\($0)" })
        for row in rows {
            try #require(row.count == 4, "\(row)")
            let names = row[2].split(separator: "·").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
            #expect(!names.isEmpty)
            for name in names {
                let isThere = tests.contains { $0.hasPrefix("\(row[0]):") && $0.contains(name) }
                #expect(isThere, "\(row[0]): there is no test '\(name)'")
            }
            #expect(row[3].hasPrefix("holds"))
        }
    }
}
