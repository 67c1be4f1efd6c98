import Foundation
import Testing

/// The fuzzer finds what was hidden for it. Started by ``FuzzTests`` in a process of its own.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["MCPSTORE_FUZZ_SELF"] != nil), .serialized) struct FuzzSelfTests {
    private func findings(_ check: @escaping @Sendable ([UInt8]) throws -> Void) -> [FuzzRun.Finding] {
        let target = FuzzTarget(name: "self", tokens: ["needle"], check: check)
        let corpus = ["some hay 12", "more hay, and much of it: 345"].map { Array($0.utf8) }
        var run = FuzzRun(FuzzInputs(target: target, corpus: corpus, seed: 1))
        run.run(until: .iterations(3000)) { _ in }
        return run.findings
    }

    @Test func `what is hidden is found`() throws {
        let crashes = self.findings { input in
            if String(decoding: input, as: UTF8.self).contains("needle") { fatalError("ouch") }
        }
        #expect(crashes.count == 1)
        guard case .crashed(_, let message)? = crashes.first?.ending else { return _ = Issue.record("\(crashes)") }
        #expect(message.contains("ouch"))
        #expect(crashes.first?.input == Array("needle".utf8))

        let properties = self.findings { input in
            try hold(!input.contains(UInt8(ascii: "9")), "a nine: at \(input.count)")
        }
        #expect(properties.map(\.input) == [[UInt8(ascii: "9")]])
        #expect(properties.first?.ending.isLike(.finding("a nine: at 1")) == true)

        let memory = self.findings { input in
            guard input.count < 5 else { return }
            // Not touched, so that it costs nothing but its addresses.
            while true { _ = UnsafeMutableRawPointer.allocate(byteCount: 64 << 20, alignment: 16) }
        }
        guard case .crashed? = memory.first?.ending else { return _ = Issue.record("\(memory)") }
        print("FUZZER WORKS")
    }
}
