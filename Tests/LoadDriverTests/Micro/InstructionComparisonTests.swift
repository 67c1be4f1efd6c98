import Foundation
import Testing

@testable import LoadDriver

struct InstructionComparisonTests {
    private func count(_ piece: String, _ instructions: Int, in environment: String = "debug") -> InstructionCount {
        InstructionCount(piece: piece, operation: "job", environment: environment, instructions: instructions)
    }

    private var baseline: InstructionBaseline {
        var baseline = InstructionBaseline()
        baseline["encode", "debug"] = 1_000
        baseline["decode", "debug"] = 2_000
        return baseline
    }

    @Test func `more than allowed is a failure, as much as allowed and less are none`() {
        let comparison = InstructionComparison([count("encode", 1_051), count("decode", 2_100)], baseline)
        #expect(comparison.failures(above: 0.05) == ["encode: 1,051 instructions per job, 5.1 % more than 1,000"])
        #expect(comparison.failures(above: 0.06).isEmpty)
        #expect(InstructionComparison([count("encode", 10)], baseline).failures(above: 0).isEmpty)
    }

    @Test func `a count of another environment has nothing to be compared with`() {
        let comparison = InstructionComparison([count("encode", 9_999, in: "release"), count("other", 1)], baseline)
        #expect(comparison.failures(above: 0.05).isEmpty)
        #expect(comparison.missing == ["encode (release)", "other (debug)"])
        #expect(comparison.text(tolerance: 0.03).contains("no baseline"))
    }

    @Test func `the table says what takes more and what takes less`() {
        let text = InstructionComparison([count("encode", 1_200), count("decode", 1_000)], baseline).text(tolerance: 0.03)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].contains("1,200 per job") && lines[1].contains("1.200") && lines[1].hasSuffix("MORE"), "\(text)")
        #expect(lines[2].contains("0.500") && lines[2].hasSuffix("fewer"))
        #expect(!InstructionComparison([count("encode", 1_020)], baseline).text(tolerance: 0.03).contains("MORE"))
    }

    @Test func `a baseline is read as it was written, and other environments stay in it`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("baseline-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try InstructionBaseline.load(file: file.path) == InstructionBaseline())
        var changed = baseline
        changed["encode", "release"] = 70
        try changed.json().write(to: file)
        #expect(try InstructionBaseline.load(file: file.path) == changed)
        #expect(try String(contentsOf: file, encoding: .utf8).contains("    \"encode\" : 1000"))
        try Data("[1]".utf8).write(to: file)
        #expect {
            try InstructionBaseline.load(file: file.path)
        } throws: {
            "\($0)".contains(file.path) && "\($0)".contains("--write")
        }
    }

    @Test func `all instructions of a profile`() {
        let profile = """
            # callgrind format
            version: 1
            positions: line
            events: Ir
            fn=(1) main
            0 12
            calls=1 0
            0 5

            totals: 123456
            """
        #expect(CallgrindProfile.instructions(profile) == 123_456)
        #expect(CallgrindProfile.instructions(profile.replacing("events: Ir", with: "events: Dr Ir")) == nil)
        #expect(CallgrindProfile.instructions("events: Ir\nfn=(1) main\n0 12\n") == nil)
    }
}
