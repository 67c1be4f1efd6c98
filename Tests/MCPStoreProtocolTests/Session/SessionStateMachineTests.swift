import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct SessionStateMachineTests {
    private typealias Machine = SessionStateMachine<String>

    private func machine(_ change: (inout SessionLimits) -> Void = { _ in }) -> Machine {
        var limits = SessionLimits()
        change(&limits)
        return Machine(limits: limits)
    }

    private func submit(_ machine: inout Machine, _ id: Int, at seconds: Int64? = nil) -> MCPError? {
        let deadline = seconds.map { NIODeadline.uptimeNanoseconds(0) + .seconds($0) }
        guard case .refuse(let error) = machine.submit(id: id, context: "request \(id)", deadline: deadline) else { return nil }
        return error
    }

    private func result(_ id: Int?) -> IncomingMessage { .result(id: id, ByteBuffer(string: "{}"), isError: false, .complete) }

    private func name(_ action: Machine.ReceiveAction) -> String {
        switch action {
        case .answer(let context, _): "answer to \(context)"
        case .progress(let context, _): "progress of \(context)"
        case .event(let event): "event \(event)"
        case .reply(let message): "reply \(String(buffer: message))"
        case .ignore: "ignore"
        case .close(let error): "close \(error.code)"
        }
    }

    @Test func `an answer ends its request once`() {
        var machine = self.machine()
        for id in 1...3 { #expect(self.submit(&machine, id) == nil) }
        #expect(self.name(machine.received(self.result(2))) == "answer to request 2")
        #expect(self.name(machine.received(self.result(2))) == "ignore")
        #expect(machine.lateAnswers == 1)
        #expect(self.name(machine.received(.error(id: 1, ByteBuffer(), code: -1))) == "answer to request 1")
        #expect(machine.openRequests == 1)
    }

    @Test(arguments: [nil, 0, -1, 4, Int.max])
    func `an answer to what was never sent is counted and dropped`(_ id: Int?) {
        var machine = self.machine()
        _ = self.submit(&machine, 3)
        #expect(self.name(machine.received(self.result(id))) == "ignore")
        #expect(machine.unknownAnswers == 1)
        #expect(machine.openRequests == 1)
    }

    @Test func `a cancelled request is given back with whether it was written, and its answer is late`() {
        var machine = self.machine()
        _ = self.submit(&machine, 1)
        _ = self.submit(&machine, 2)
        machine.written(id: 2)
        let first = machine.cancel(id: 1)
        let second = machine.cancel(id: 2)
        #expect(first?.wasWritten == false)
        #expect(second?.wasWritten == true)
        let again = [machine.cancel(id: 2), machine.failed(id: 2)].compactMap(\.self)
        #expect(again.isEmpty)
        #expect(self.name(machine.received(self.result(2))) == "ignore")
        #expect((machine.lateAnswers, machine.unknownAnswers) == (1, 0))
    }

    @Test func `requests expire in the order of their deadlines, ended ones do not`() {
        var machine = self.machine()
        for (id, seconds) in [(1, 30), (2, 10), (3, 20), (4, 40)] { _ = self.submit(&machine, id, at: Int64(seconds)) }
        _ = machine.received(self.result(3))
        #expect(machine.nextDeadline == .uptimeNanoseconds(0) + .seconds(10))
        #expect(machine.expire(now: .uptimeNanoseconds(0) + .seconds(5)).isEmpty)
        #expect(machine.expire(now: .uptimeNanoseconds(0) + .seconds(30)).map(\.id) == [2, 1])
        #expect(machine.nextDeadline == .uptimeNanoseconds(0) + .seconds(40))
        #expect(machine.expire(now: .distantFuture).map(\.id) == [4])
        #expect(machine.nextDeadline == nil)
    }

    @Test func `progress goes to the open request of its token`() {
        var machine = self.machine()
        _ = self.submit(&machine, 5)
        let progress = { (token: String) in
            IncomingMessage.notification(.progress, params: ByteBuffer(string: "{\"progressToken\":\(token)}"))
        }
        #expect(self.name(machine.received(progress("5"))) == "progress of request 5")
        for token in ["6", "\"5\"", "null"] { #expect(self.name(machine.received(progress(token))) == "ignore") }
        #expect(self.name(machine.received(.notification(.progress, params: nil))) == "ignore")
        #expect(self.name(machine.received(.notification(.progress, params: ByteBuffer(string: "nonsense")))) == "ignore")
        _ = machine.received(self.result(5))
        #expect(self.name(machine.received(progress("5"))) == "ignore")
    }

    @Test func `requests of the server are answered in the legacy era only`() {
        let ping = IncomingMessage.request(id: ByteBuffer(string: "\"x\""), method: "ping")
        let sampling = IncomingMessage.request(id: ByteBuffer(string: "1"), method: "sampling/createMessage")
        var legacy = self.machine()
        legacy.opened(.v20251125)
        #expect(self.name(legacy.received(ping)) == #"reply {"jsonrpc":"2.0","id":"x","result":{}}"#)
        #expect(self.name(legacy.received(sampling)).contains("-32601"))
        var modern = self.machine()
        modern.opened(.latest)
        #expect(self.name(modern.received(ping)) == "ignore")
        #expect(self.name(modern.received(sampling)) == "ignore")
    }

    @Test func `too many bad messages close the session`() {
        var machine = self.machine { $0.maximumBadMessages = 2 }
        #expect(self.name(machine.receivedBadMessage("a")) == "ignore")
        #expect(self.name(machine.received(.error(id: nil, ByteBuffer(), code: -32700))) == "ignore")
        #expect(self.name(machine.receivedBadMessage("b")) == "close protocolViolation")
    }

    @Test func `the end resolves everything once, with whether it was written, and refuses what comes after`() {
        var machine = self.machine()
        for id in 1...3 { _ = self.submit(&machine, id, at: 10) }
        machine.written(id: 1)
        _ = machine.received(self.result(2))
        let ended = machine.close(MCPError(.closed, "over"))
        #expect(ended.map(\.id) == [1, 3])
        #expect(ended.map(\.wasWritten) == [true, false])
        #expect(machine.close(MCPError(.cancelled, "again")).isEmpty)
        #expect(machine.closeReason?.code == .closed)
        #expect(machine.expire(now: .distantFuture).isEmpty)
        #expect(self.name(machine.received(self.result(1))) == "ignore")
        #expect(self.name(machine.receivedBadMessage("x")) == "ignore")
        let refusal = self.submit(&machine, 4)
        #expect(refusal?.code == .closed)
        #expect(refusal?.requestWasWritten == false)
    }

    @Test func `open requests are bounded`() {
        var machine = self.machine { $0.maximumPendingRequests = 2 }
        #expect(self.submit(&machine, 1) == nil)
        #expect(self.submit(&machine, 2) == nil)
        #expect(self.submit(&machine, 3)?.code == .busy)
        _ = machine.received(self.result(1))
        #expect(self.submit(&machine, 4) == nil)
    }

    @Test func `whatever happens in whatever order, each request ends exactly once`() {
        for seed in UInt64(0)..<200 {
            var random = SeededGenerator(seed: seed)
            var machine = self.machine { $0.maximumPendingRequests = 20 }
            machine.opened(seed.isMultiple(of: 2) ? .latest : .v20251125)
            var taken: Set<Int> = []
            var ended: [Int] = []
            var lastID = 0
            for step in 0..<300 {
                let id = Int.random(in: 0...max(1, lastID + 1), using: &random)
                switch Int.random(in: 0..<12, using: &random) {
                case 0..<5:
                    lastID += 1
                    if self.submit(&machine, lastID, at: Int64.random(in: 0..<400, using: &random)) == nil {
                        taken.insert(lastID)
                    }
                case 5, 6:
                    if case .answer(let context, _) = machine.received(self.result(id)) {
                        ended.append(Int(context.dropFirst(8)) ?? 0)
                    }
                case 7: machine.written(id: id)
                case 8: if let end = machine.cancel(id: id) { ended.append(end.id) }
                case 9: if let end = machine.failed(id: id) { ended.append(end.id) }
                case 10: ended += machine.expire(now: .uptimeNanoseconds(0) + .seconds(Int64(step))).map(\.id)
                default: if step > 250 { ended += machine.close(MCPError(.closed, "")).map(\.id) }
                }
            }
            ended += machine.close(MCPError(.closed, "")).map(\.id)
            #expect(ended.count == taken.count)
            #expect(Set(ended) == taken)
            #expect(machine.openRequests == 0)
        }
    }
}
