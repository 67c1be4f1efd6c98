import Glibc
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct ProcessIdentityTests {
    @Test func `a process that runs is not gone, and its text is read back`() throws {
        let current = try #require(ProcessIdentity.current)
        #expect(!current.isProvablyGone)
        #expect(ProcessIdentity(current.description) == current)
        // It is the value of a label.
        #expect(current.description.utf8.allSatisfy(Name.isAllowed))
    }

    @Test func `a process that has ended is gone`() async throws {
        let process = try ChildProcess.start(["/bin/true"])
        #expect(try await process.exit() == .exited(0))
        #expect(try identity { $0[3] = String(process.processIdentifier) }.isProvablyGone)
    }

    @Test func `another process under the same number is not the one that was meant`() throws {
        #expect(try identity { $0[4] = "1" }.isProvablyGone)
    }

    @Test func `nothing is known of another boot, or of other process ids`() throws {
        for part in 0...2 {
            #expect(
                try !identity { parts in
                    parts[3] = "4194303"
                    parts[part] = "1"
                }.isProvablyGone
            )
        }
    }

    @Test(arguments: ["", "a.b.c.d.e", "a.b.c.1", "a.b.c.-1.e", "a.b.c.1.e.f"])
    func `what is no identity is not read as one`(text: String) {
        #expect(ProcessIdentity(text) == nil)
    }

    /// This process' identity with other parts.
    private func identity(_ change: (inout [String]) -> Void) throws -> ProcessIdentity {
        var parts = try #require(ProcessIdentity.current).description.split(separator: ".").map(String.init)
        change(&parts)
        return try #require(ProcessIdentity(parts.joined(separator: ".")))
    }
}
