import Foundation
import TestSupport
import Testing

/// The short run, with a fixed seed.
@Suite struct FuzzTests {
    private static let inputs = 500

    @Test func `the corpus, its findings and some thousand mutations of each target show nothing`() async throws {
        let exe = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
        let directory = try TemporaryDirectory("fuzz")
        defer { directory.remove() }
        let run = try ChildProcess.start(
            [exe, "--testing-library", "swift-testing", "--filter", "FuzzRunTests"],
            environment: [
                "MCPSTORE_FUZZ_TARGETS": "all", "MCPSTORE_FUZZ_ITERATIONS": String(Self.inputs), "MCPSTORE_FUZZ_SEED": "1",
                "MCPSTORE_FUZZ_FINDINGS": directory.path,
            ]
        )
        let status = try await run.exit(within: .seconds(600))
        #expect(status == .exited(0), "\(run.output)")
        for target in FuzzTarget.all {
            #expect(run.output.contains("FUZZED \(target.name): \(Self.inputs) inputs"), "\(run.output)")
        }
    }

    @Test func `a crash, a property that does not hold and endless memory are found, and made small`() async throws {
        // In the same kind of process: see FuzzSelfTests.
        let exe = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
        let run = try ChildProcess.start(
            [exe, "--testing-library", "swift-testing", "--filter", "FuzzSelfTests"],
            environment: ["MCPSTORE_FUZZ_SELF": "1"]
        )
        #expect(try await run.exit(within: .seconds(300)) == .exited(0), "\(run.output)")
        #expect(run.output.contains("FUZZER WORKS"), "\(run.output)")
    }

    @Test(arguments: FuzzTarget.all.map(\.name)) func `an input is made again of seed and iteration`(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let corpus = try Corpus.entries(of: name)
        let (one, again) = (
            FuzzInputs(target: target, corpus: corpus, seed: 7), FuzzInputs(target: target, corpus: corpus, seed: 7)
        )
        let other = FuzzInputs(target: target, corpus: corpus, seed: 8)
        let inputs = (0..<200).map(one.input)
        #expect(inputs == (0..<200).map(again.input))
        #expect(inputs != (0..<200).map(other.input))
        #expect(Set(inputs).count > 150)
    }
}
