import MCPStoreQueue
import Testing

@testable import MCPStoreCoordinator

@Suite struct TermTests {
    private let leadership = Leadership(leader: "c-me", token: 1, isMine: true)

    @Test func `a term counts from when it was asked for`() {
        let now = ServerClock.boot()
        #expect(Term(leadership, sent: now, lease: 60_000_000).isHeld)
        #expect(!Term(leadership, sent: now - 2_000_000, lease: 1_000_000).isHeld)
    }

    @Test func `a term that is over is never renewed`() {
        let now = ServerClock.boot()
        let term = Term(leadership, sent: now - 2, lease: 1)
        #expect(!term.renew(sent: now, lease: 60_000_000))
        #expect(!term.isHeld)
        #expect(throws: QueueError.self) { try term.verify() }
    }

    @Test func `a renewal never shortens a term, and its end is at once`() throws {
        let now = ServerClock.boot()
        let term = Term(leadership, sent: now, lease: 60_000_000)
        #expect(term.renew(sent: now - 59_999_999, lease: 1))
        #expect(term.isHeld)
        try term.verify()
        term.end()
        #expect(!term.isHeld)
        #expect(throws: QueueError.self) { try term.verify() }
    }
}
