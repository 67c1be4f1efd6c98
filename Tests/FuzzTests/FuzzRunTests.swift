import Foundation
import Testing

/// What `Tests/fuzz` runs, in a process of its own: the children are forked.
@Suite(.enabled(if: FuzzOptions.current != nil), .serialized) struct FuzzRunTests {
    @Test func `a run as the command line asks for`() throws {
        let options = try #require(FuzzOptions.current)
        try #require(!options.targets.isEmpty, "no such target; there are \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
        if let path = options.reproduced {
            let input = Array(try Data(contentsOf: URL(filePath: path)))
            for target in options.targets { #expect(throws: Never.self, "\(target.name)") { try target.check(input) } }
            return
        }
        for target in options.targets { try self.run(target, options) }
    }

    private func run(_ target: FuzzTarget, _ options: FuzzOptions) throws {
        let began = ContinuousClock.now
        var run = FuzzRun(FuzzInputs(target: target, corpus: try Corpus.entries(of: target.name), seed: options.seed))
        var number = 0
        run.run(until: options.limit) { finding in
            number += 1
            let path = "\(options.directory)/\(target.name)-\(options.seed)-\(finding.iteration)"
            #expect(FileManager.default.createFile(atPath: path, contents: Data(finding.input)))
            let text = String(decoding: finding.input.prefix(400), as: UTF8.self)
            print("FOUND in \(target.name), seed \(options.seed), iteration \(finding.iteration): \(finding.ending)")
            print("  minimised to \(finding.input.count) bytes in \(path): \(String(reflecting: text))")
        }
        let (seconds, _) = (ContinuousClock.now - began).components
        print(
            "FUZZED \(target.name): \(run.iterations) inputs in \(seconds) s, \(number) findings, seen \(run.repeats) times more"
        )
        #expect(run.findings.isEmpty, "\(target.name): \(run.findings.map(\.ending))")
    }
}
