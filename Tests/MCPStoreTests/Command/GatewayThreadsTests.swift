import ArgumentParser
import Testing

@testable import Command

@Suite struct GatewayThreadsTests {
    @Test(
        arguments: [
            (["gateway"], 1), (["gateway", "--threads", "4"], 4), (["gateway", "--port", "0", "--threads=8"], 8),
            // What is no number of threads is refused when the arguments are read; until then one will do.
            (["gateway", "--threads"], 1), (["gateway", "--threads", "0"], 1), (["gateway", "--threads=65"], 1),
            (["gateway", "--threads=many"], 1), (["gateway", "--thread", "4"], 1),
        ]
    )
    func `The threads are known before the arguments are read as a whole`(arguments: [String], threads: Int) {
        #expect(GatewayCommand.threads(in: arguments) == threads)
    }

    @Test(arguments: ["0", "65", "-1"])
    func `A number of threads out of its range is refused`(threads: String) {
        #expect(throws: (any Error).self) { try GatewayCommand.parse(["--threads=\(threads)"]) }
    }
}
