import Testing

@testable import ToolServer

@Suite("Misbehaviour on demand")
struct MisbehaviourTests {
    private func peer(_ change: (inout Misbehaviour) -> Void) throws -> StdioPeer {
        var settings = Settings()
        change(&settings.misbehaviour)
        return try StdioPeer.legacy(settings)
    }

    @Test("--wrong-id answers calls, and only calls, with another id")
    func wrongID() throws {
        let peer = try self.peer { $0.answersWithWrongID = true }
        #expect(try peer.ask(Messages.call("echo", #""text":"x""#)).text("id") == "not-your-id")
        #expect(try peer.ask(Messages.call("protocol_error", #""code":1,"message":"x""#)).text("id") == "not-your-id")
        #expect(try peer.ask(Messages.request("ping", id: "3")).id == 3)
    }

    @Test("--hang never answers calls")
    func hang() throws {
        let peer = try self.peer { $0.hangs = true }
        try peer.send(Messages.call("echo", #""text":"x""#))
        peer.advance(milliseconds: 3_600_000)
        #expect(try peer.received().isEmpty)
        #expect(try peer.ask(Messages.request("ping", id: "3")).id == 3)
    }

    @Test("--late-answer answers what was cancelled")
    func late() throws {
        let peer = try self.peer { $0.answersLate = true }
        try peer.send(Messages.call("sleep", #""ms":5"#, id: "4"), Messages.cancel(id: "4"))
        #expect(try peer.received().isEmpty)
        peer.advance(milliseconds: 5)
        #expect(try peer.received().map(\.id) == [4])
    }

    @Test("--double-answer answers calls twice")
    func double() throws {
        let peer = try self.peer { $0.answersTwice = true }
        try peer.send(Messages.call("echo", #""text":"x""#, id: "4"))
        #expect(try peer.received().map(\.id) == [4, 4])
    }

    @Test("--flood sends as many notifications a second, and none to a peer that does not read")
    func flood() throws {
        var settings = Settings()
        settings.misbehaviour.floodPerSecond = 1000
        let peer = try StdioPeer(settings)
        try peer.send(Messages.legacyInitialize)
        peer.advance(milliseconds: 1000)
        let count = try peer.received().count { $0.text("method") == "notifications/message" }
        #expect((1000...1020).contains(count))

        peer.setWritable(false)
        peer.advance(milliseconds: 1000)
        peer.setWritable(true)
        #expect(try peer.received().isEmpty)
    }
}
