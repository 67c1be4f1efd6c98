import Testing

@testable import ToolServer

@Suite("The tools")
struct ToolTests {
    @Test("All tools are listed, with schemas and hints")
    func list() throws {
        let answer = try StdioPeer.legacy().ask(Messages.request("tools/list"))
        let tools = try #require(answer.value("result/tools", as: [[String: Any]].self))
        #expect(
            Set(tools.compactMap { $0["name"] as? String }) == [
                "echo", "add", "big", "sleep", "progress", "fail", "protocol_error", "crash", "record_readonly",
                "record_idempotent", "record_destructive", "environment", "pid", "stderr",
            ]
        )
        for tool in tools {
            #expect((tool["inputSchema"] as? [String: Any])?["type"] as? String == "object")
            #expect(tool["title"] is String)
            #expect(tool["description"] is String)
        }
        let hints = try #require(answer.value("result/tools/10/annotations", as: [String: Any].self))
        #expect(answer.text("result/tools/10/name") == "record_destructive")
        #expect(hints["destructiveHint"] as? Bool == true)
        #expect(hints["readOnlyHint"] as? Bool == false)
        #expect(answer.text("result/tools/1/outputSchema/type") == "object")
    }

    @Test("Pages lead from one to the next and hold each tool once", arguments: [1, 3, 7, 14, 100])
    func pages(size: Int) throws {
        let peer = try StdioPeer.legacy(Settings(pageSize: size))
        var names: [String] = []
        var cursor: String?
        repeat {
            let answer = try peer.ask(Messages.request("tools/list", params: cursor.map { "\"cursor\":\"\($0)\"" } ?? ""))
            let page = try #require(answer.value("result/tools", as: [[String: Any]].self))
            #expect(page.count <= size)
            names += page.compactMap { $0["name"] as? String }
            cursor = answer.text("result/nextCursor")
        } while cursor != nil
        #expect(names == Tools.all.map(\.name))
    }

    @Test("A cursor that was never given is refused", arguments: [#""""#, #""page-0""#, #""page-99""#, "1"])
    func cursor(cursor: String) throws {
        let peer = try StdioPeer.legacy(Settings(pageSize: 3))
        #expect(try peer.ask(Messages.request("tools/list", params: "\"cursor\":\(cursor)")).errorCode == -32602)
    }

    @Test("echo answers with the same text, whatever is in it")
    func echo() throws {
        let peer = try StdioPeer.legacy()
        #expect(try peer.ask(Messages.call("echo", #""text":"é \u00e9 \n \"q\" \\ }{][,:""#)).answer == "é é \n \"q\" \\ }{][,:")
        #expect(try peer.ask(Messages.call("echo", #""text":"""#)).answer == "")
        #expect(try peer.ask(Messages.call("echo", #""text":1"#)).isError)
        #expect(try peer.ask(Messages.call("echo")).isError)
        #expect(try peer.ask(Messages.request("tools/call", params: #""name":"echo""#)).isError)
    }

    @Test("add keeps integers exact and takes fractions")
    func add() throws {
        let peer = try StdioPeer.legacy()
        let answer = try peer.ask(Messages.call("add", #""a":9007199254740993,"b":-1"#))
        #expect(answer.answer == "9007199254740992")
        #expect(answer.integer("result/structuredContent/sum") == 9_007_199_254_740_992)
        #expect(try peer.ask(Messages.call("add", #""a":0.5,"b":1"#)).value("result/structuredContent/sum") == 1.5)
        #expect(try peer.ask(Messages.call("add", #""a":9223372036854775807,"b":1"#)).answer == "9.223372036854776e+18")
        #expect(try peer.ask(Messages.call("add", #""a":1e308,"b":1e308"#)).isError)
        #expect(try peer.ask(Messages.call("add", #""a":"1","b":2"#)).isError)
    }

    @Test("big answers with as many bytes, and no more than it promises")
    func big() throws {
        let peer = try StdioPeer.legacy()
        #expect(try peer.ask(Messages.call("big", #""bytes":300000"#)).answer?.utf8.count == 300_000)
        #expect(try peer.ask(Messages.call("big", #""bytes":-1"#)).isError)
        #expect(try peer.ask(Messages.call("big", #""bytes":67108865"#)).isError)
    }

    @Test("fail is a failure of the tool, protocol_error one of the protocol, an unknown tool is -32602")
    func failures() throws {
        let peer = try StdioPeer.legacy()
        let failure = try peer.ask(Messages.call("fail", #""message":"no \"luck\"""#))
        #expect(failure.isError)
        #expect(failure.answer == "no \"luck\"")
        let error = try peer.ask(Messages.call("protocol_error", #""code":-40000,"message":"boo\n""#))
        #expect(error.errorCode == -40000)
        #expect(error.text("error/message") == "boo\n")
        #expect(try peer.ask(Messages.call("no_such")).errorCode == -32602)
        #expect(try peer.ask(Messages.request("tools/call")).errorCode == -32602)
    }

    @Test("sleep answers when its time is over, not before, and others overtake it")
    func sleep() throws {
        let peer = try StdioPeer.legacy()
        try peer.send(Messages.call("sleep", #""ms":1000"#, id: "5"))
        #expect(try peer.ask(Messages.call("echo", #""text":"x""#, id: "6")).id == 6)
        peer.advance(milliseconds: 999)
        #expect(try peer.received().isEmpty)
        peer.advance(milliseconds: 1)
        #expect(try peer.received().map(\.id) == [5])
    }

    @Test("A cancelled call is not answered; its neighbours are")
    func cancellation() throws {
        let peer = try StdioPeer.legacy()
        try peer.send(
            Messages.call("sleep", #""ms":10"#, id: "1"),
            Messages.call("sleep", #""ms":10"#, id: #""1""#),
            Messages.call("sleep", #""ms":10"#, id: "2"),
            Messages.cancel(id: "1"),
            Messages.cancel(id: "99")
        )
        peer.advance(milliseconds: 10)
        let answers = try peer.received()
        #expect(answers.count == 2)
        #expect(answers.contains { $0.text("id") == "1" })
        #expect(answers.contains { $0.id == 2 })
    }

    @Test("progress reports each step to who gave a token, and is silent otherwise")
    func progress() throws {
        let peer = try StdioPeer.legacy()
        try peer.send(Messages.call("progress", #""steps":3,"delayMs":10"#, id: "1", token: #""t-1""#))
        peer.advance(milliseconds: 30)
        let messages = try peer.received()
        #expect(messages.compactMap { $0.integer("params/progress") } == [1, 2, 3])
        #expect(messages.compactMap { $0.text("params/progressToken") } == ["t-1", "t-1", "t-1"])
        #expect(messages.last?.answer == "did 3 steps")

        try peer.send(Messages.call("progress", #""steps":2"#, id: "2"))
        peer.advance(milliseconds: 0)
        #expect(try peer.received().map(\.id) == [2])
    }

    @Test("progress stops when it is cancelled")
    func cancelledProgress() throws {
        let peer = try StdioPeer.legacy()
        try peer.send(Messages.call("progress", #""steps":3,"delayMs":10"#, id: "1", token: "7"))
        peer.advance(milliseconds: 10)
        #expect(try peer.received().count == 1)
        try peer.send(Messages.cancel(id: "1"))
        peer.advance(milliseconds: 100)
        #expect(try peer.received().isEmpty)
    }

    @Test("The record_* tools need a file")
    func noRecord() throws {
        #expect(try StdioPeer.legacy().ask(Messages.call("record_destructive", #""id":"a""#)).isError)
    }
}
