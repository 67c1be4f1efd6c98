import NIOCore
import Testing

@testable import MCPStoreRedis

/// Input by input, with strings for commands and a clock of numbers.
@Suite struct ConnectionStateMachineTests {
    private typealias Machine = ConnectionStateMachine<String>

    private static let error = RedisError(.serverNotReady, "x")

    private func at(_ milliseconds: UInt64) -> NIODeadline { .uptimeNanoseconds(milliseconds * 1_000_000) }

    private func machine(active: Bool = true, slots: Int = 100) -> Machine {
        var machine = Machine(silenceLimit: .milliseconds(2000), maximumSlots: slots)
        if active { machine.handshakeCompleted() }
        return machine
    }

    private func text(_ action: Machine.ReplyAction) -> String {
        switch action {
        case .handshake: "handshake"
        case .complete(let context): "complete \(context)"
        case .swallow: "swallow"
        case .unsolicited: "unsolicited"
        case .ignore: "ignore"
        }
    }

    @Test func `while handshaking, replies are the handshake's and nothing may be written`() {
        var machine = self.machine(active: false)
        #expect(machine.mayWrite == false)
        #expect(machine.isHandshaking == true)
        #expect(self.text(machine.receivedReply()) == "handshake")
        machine.drain(reason: Self.error, deadline: self.at(1))
        #expect(machine.drainedReason == nil)
        #expect(machine.cancel(id: 1) == nil)
        #expect(machine.hitDeadline(now: self.at(9999)).close == nil)
        machine.handshakeCompleted()
        #expect(machine.mayWrite == true)
        #expect(machine.isHandshaking == false)
    }

    @Test func `replies go to commands in the order of writing`() {
        var machine = self.machine()
        for id in UInt64(1)...3 { machine.wrote("\(id)", id: id, now: self.at(0), deadline: self.at(2000)) }
        #expect(self.text(machine.receivedReply()) == "complete 1")
        #expect(self.text(machine.receivedReply()) == "complete 2")
        #expect(self.text(machine.receivedReply()) == "complete 3")
        #expect(self.text(machine.receivedReply()) == "unsolicited")
    }

    @Test func `a cancelled command comes back at once and its reply is swallowed`() {
        var machine = self.machine()
        for id in [UInt64(10), 20, 30] { machine.wrote("\(id)", id: id, now: self.at(0), deadline: self.at(2000)) }
        #expect(machine.cancel(id: 20) == "20")
        #expect(machine.cancel(id: 20) == nil)
        #expect(machine.cancel(id: 15) == nil)
        #expect(machine.cancel(id: 40) == nil)
        #expect(self.text(machine.receivedReply()) == "complete 10")
        #expect(self.text(machine.receivedReply()) == "swallow")
        #expect(self.text(machine.receivedReply()) == "complete 30")
        #expect(machine.cancel(id: 30) == nil)
    }

    @Test func `writing stops at the bound of slots and goes on below it`() {
        var machine = self.machine(slots: 2)
        machine.wrote("1", id: 1, now: self.at(0), deadline: self.at(1))
        #expect(machine.mayWrite == true)
        machine.wrote("2", id: 2, now: self.at(0), deadline: self.at(1))
        #expect(machine.mayWrite == false)
        _ = machine.receivedReply()
        #expect(machine.mayWrite == true)
    }

    @Test func `a deadline fails only the commands that are overdue, also behind one with more time`() {
        var machine = self.machine()
        machine.wrote("blocking", id: 1, now: self.at(0), deadline: self.at(9000))
        machine.wrote("short", id: 2, now: self.at(0), deadline: self.at(2000))
        #expect(machine.nextDeadline == self.at(2000))
        let action = machine.hitDeadline(now: self.at(2000))
        #expect(action.expired == ["short"])
        #expect(action.close == nil, "the head blocks rightly, so silence proves nothing")
        #expect(machine.nextDeadline == self.at(9000))
        #expect(self.text(machine.receivedReply()) == "complete blocking")
        #expect(self.text(machine.receivedReply()) == "swallow")
    }

    @Test func `a silent peer is given up when its oldest command is overdue`() {
        var machine = self.machine()
        machine.receivedBytes(now: self.at(100))
        machine.wrote("1", id: 1, now: self.at(1000), deadline: self.at(3000))
        machine.wrote("2", id: 2, now: self.at(2500), deadline: self.at(4500))
        #expect(machine.hitDeadline(now: self.at(2999)).expired.isEmpty)
        let action = machine.hitDeadline(now: self.at(3000))
        #expect(action.expired == ["1"])
        guard case .silent = action.close else {
            Issue.record("the peer said nothing for 2 s: \(String(describing: action.close))")
            return
        }
        #expect(machine.closed() == ["2"])
    }

    @Test func `a peer that still sends is kept, and given up later when it falls silent`() {
        var machine = self.machine()
        machine.wrote("1", id: 1, now: self.at(0), deadline: self.at(2000))
        machine.receivedBytes(now: self.at(1500))
        let first = machine.hitDeadline(now: self.at(2000))
        #expect(first.expired == ["1"])
        #expect(first.close == nil)
        #expect(machine.nextDeadline == self.at(3500), "the abandoned head is still watched")
        #expect(machine.hitDeadline(now: self.at(3499)).close == nil)
        guard case .silent = machine.hitDeadline(now: self.at(3500)).close else {
            Issue.record("the peer said nothing for 2 s")
            return
        }
    }

    @Test func `a short deadline of one command does not end the connection`() {
        var machine = self.machine()
        machine.wrote("1", id: 1, now: self.at(0), deadline: self.at(50))
        let action = machine.hitDeadline(now: self.at(50))
        #expect(action.expired == ["1"])
        #expect(action.close == nil)
        #expect(machine.nextDeadline == self.at(2000))
        #expect(self.text(machine.receivedReply()) == "swallow")
        #expect(machine.nextDeadline == nil)
    }

    @Test func `a draining connection answers what was written and then says why it ends`() {
        var machine = self.machine()
        machine.wrote("1", id: 1, now: self.at(0), deadline: self.at(2000))
        machine.drain(reason: Self.error, deadline: self.at(2000))
        #expect(machine.mayWrite == false)
        #expect(machine.drainedReason == nil)
        #expect(self.text(machine.receivedReply()) == "complete 1")
        #expect(machine.drainedReason == Self.error)
    }

    @Test func `draining ends at its deadline whatever is still due`() {
        var machine = self.machine()
        machine.wrote("1", id: 1, now: self.at(0), deadline: self.at(9000))
        machine.drain(reason: Self.error, deadline: self.at(2000))
        #expect(machine.nextDeadline == self.at(2000))
        let action = machine.hitDeadline(now: self.at(2000))
        #expect(action.expired.isEmpty)
        guard case .drained(let reason) = action.close else {
            Issue.record("not closed")
            return
        }
        #expect(reason == Self.error)
    }

    @Test func `closing returns what is unanswered once, without what was abandoned`() {
        var machine = self.machine()
        for id in UInt64(1)...3 { machine.wrote("\(id)", id: id, now: self.at(0), deadline: self.at(2000)) }
        _ = machine.cancel(id: 2)
        #expect(machine.closed() == ["1", "3"])
        #expect(machine.closed().isEmpty)
        #expect(machine.mayWrite == false)
        #expect(self.text(machine.receivedReply()) == "ignore")
        machine.handshakeCompleted()
        #expect(machine.mayWrite == false)
    }

    @Test(arguments: UInt64(1)...50)
    func `every command comes out exactly once, whatever happens`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var machine = self.machine()
        var out: [String: Int] = [:]
        var nextID: UInt64 = 0
        for step in UInt64(0)..<400 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...3 where machine.mayWrite:
                nextID += UInt64.random(in: 1...3, using: &generator)
                out["\(nextID)"] = 0
                let deadline = self.at(step * 10 + UInt64.random(in: 0...500, using: &generator))
                machine.wrote("\(nextID)", id: nextID, now: self.at(step * 10), deadline: deadline)
            case 4, 5:
                if case .complete(let context) = machine.receivedReply() { out[context, default: 0] += 1 }
            case 6:
                if let context = machine.cancel(id: UInt64.random(in: 0...nextID, using: &generator)) {
                    out[context, default: 0] += 1
                }
            default:
                for context in machine.hitDeadline(now: self.at(step * 10)).expired { out[context, default: 0] += 1 }
            }
        }
        for context in machine.closed() { out[context, default: 0] += 1 }
        #expect(out.values.allSatisfy { $0 == 1 }, "seed \(seed)")
    }
}
