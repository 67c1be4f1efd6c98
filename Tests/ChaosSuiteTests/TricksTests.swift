import Foundation
import TestSupport
import Testing

@testable import ChaosSuite

@Suite struct `What faults are made of` {
    @Test func `a clock that is moved is moved for that process only, also while it runs`() async throws {
        try #require(ClockShim.obstacle() == nil)
        let folder = try TemporaryDirectory("clock")
        defer { folder.remove() }
        let clock = try await ClockShim(in: folder.path)
        let environment = try clock.environment(of: "one")
        // As a program reads the time: by clock_gettime.
        let script = "while read word; do date +%s; done"
        let process = try ChildProcess.start(["bash", "-c", script], environment: environment, hasInput: true)
        for (number, seconds) in [0, 3600, -3600, 0].enumerated() {
            try clock.set("one", to: seconds)
            try process.write("go\n")
            try await eventually("an answer of the process", within: .seconds(60)) {
                process.output.split(separator: "\n").count > number
            }
            let told = try #require(Int(process.output.split(separator: "\n")[number]))
            // Both are slow machines' clocks; an hour is much more than that.
            #expect(abs(told - seconds - Int(Date().timeIntervalSince1970)) < 600)
        }
        await process.stop()
    }

    @Test func `another version of the program has other scripts, and nothing else`() throws {
        let folder = try TemporaryDirectory("version")
        defer { folder.remove() }
        let path = try OtherVersion.make(in: folder.path)
        let copy = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
        let original = try Data(contentsOf: URL(filePath: BuiltProduct.path(of: "mcpstore")), options: .alwaysMapped)
        #expect(copy.count == original.count && FileManager.default.isExecutableFile(atPath: path))
        #expect(copy != original)
        for text in ["local\treply = run()", "local\tfunction lease(key)"] {
            #expect(copy.withUnsafeBytes { OtherVersion.find(Array(text.utf8), in: $0) }.count == 1)
        }
    }

    @Test func `a text is found wherever it is`() {
        let text = Array("aab".utf8)
        for (bytes, places) in [("aab", [0]), ("aaab", [1]), ("xaabaab", [1, 4]), ("aa", []), ("", []), ("aaa", [])] {
            #expect(Array(bytes.utf8).withUnsafeBytes { OtherVersion.find(text, in: $0) } == places)
        }
    }
}
