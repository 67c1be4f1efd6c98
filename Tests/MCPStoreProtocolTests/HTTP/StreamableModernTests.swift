import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import MCPStoreProtocol

@Suite(.timeLimit(.minutes(5))) struct StreamableModernTests {
    private let secret = "s3cr3t-t0ken"

    /// One request to a server with this script, and the error that it ends with.
    private func failure(
        headers: [HTTPHeader] = [],
        maximumMessageBytes: Int = 1 << 20,
        _ script: @escaping ScriptedHTTPServer.Script
    ) async throws -> MCPError {
        var error: MCPError?
        try await TransportFixture.with(headers: headers, maximumMessageBytes: maximumMessageBytes, script: script) { fixture in
            fixture.transport.negotiated(.latest)
            fixture.request(1, "tools/call", name: "t")
            let event = try await fixture.next()
            #expect(event.failedID == 1)
            error = event.failure
        }
        return try #require(error)
    }

    @Test func `a JSON answer is handed over as it came`() async throws {
        let answer = "{\"jsonrpc\":\"2.0\", \"id\":1,\"result\":{\"n\":1.50,\"s\":\"\\u00e9\"}}\n"
        try await TransportFixture.with(
            headers: [HTTPHeader(name: "Authorization", value: "Bearer \(self.secret)")],
            script: { _ in ScriptedStep.json(answer) }
        ) { fixture in
            fixture.transport.negotiated(.latest)
            let written = Mailbox<Bool>()
            fixture.request(1, "tools/call", name: "t", headers: [HTTPHeader(name: "Mcp-Param-Region", value: "eu")]) {
                written.put(true)
            }
            try await fixture.expectMessage(answer)
            #expect(try await written.next())
            let request = try await fixture.nextRequest()
            #expect(request.method == .POST)
            #expect(request.uri == "/mcp")
            #expect(request.body == #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#)
            #expect(request["authorization"] == "Bearer \(self.secret)")
            #expect(request["mcp-protocol-version"] == "2026-07-28")
            #expect(request["mcp-method"] == "tools/call")
            #expect(request["mcp-name"] == "t")
            #expect(request["mcp-param-region"] == "eu")
            #expect(request["content-length"] == "\(request.body.utf8.count)")
        }
    }

    @Test func `progress on an event stream comes before the answer, and the answer ends the request`() async throws {
        let progress = #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#
        let answer = #"{"jsonrpc":"2.0","id":1,"result":{}}"#
        let never = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        defer { never.succeed() }
        try await TransportFixture.with(script: { request in
            if request.rpcID == "2" { return ScriptedStep.answer(request) }
            return [
                ScriptedStep.events, .text(": hello\n\n"), ScriptedStep.event(progress), ScriptedStep.event("", id: "x"),
                ScriptedStep.event(#"{"a":1}"#, type: "other"), ScriptedStep.event(answer), .wait(never.futureResult),
            ]
        }) { fixture in
            fixture.transport.negotiated(.latest)
            fixture.request(1, "tools/call")
            try await fixture.expectMessage(progress)
            try await fixture.expectMessage(answer)
            fixture.request(2, "tools/call")
            try await fixture.expectMessage(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
            // The server does not end the stream, so the client does: the connection is not lost to it.
            #expect(try await fixture.nextRequest().gone.next())
        }
    }

    @Test func `an answer byte by byte is put together`() async throws {
        let answer = #"{"jsonrpc":"2.0","id":1,"result":{"text":"\#(String(repeating: "é", count: 100))"}}"#
        let pieces = answer.unicodeScalars.map { ScriptedStep.text(String($0)) }
        try await TransportFixture.with(script: { request in
            request.rpcID == "1"
                ? [.head(.ok, ["content-type": "application/json; charset=utf-8"])] + pieces + [.end]
                : [ScriptedStep.events, .text("data: ")] + pieces + [.text("\n"), .text("\n"), .end]
        }) { fixture in
            fixture.request(1, "a")
            try await fixture.expectMessage(answer)
            fixture.request(1 << 40, "a")
            // The stream's answer is for another id: it is handed over, and the request still fails at the end of its stream.
            try await fixture.expectMessage(answer)
            #expect(try await fixture.next().failedID == 1 << 40)
        }
    }

    @Test func `a stream that ends or breaks before the answer fails the request`() async throws {
        let ended = try await self.failure { _ in [ScriptedStep.events, ScriptedStep.event("", id: "1"), .end] }
        #expect(ended.code == .closed && ended.requestWasWritten)
        let broken = try await self.failure { _ in
            [ScriptedStep.events, ScriptedStep.event(#"{"method":"a"}"#.replacing("a", with: ""), type: "x"), .drop]
        }
        #expect(broken.code == .closed && broken.requestWasWritten)
        let cut = try await self.failure { _ in
            [.head(.ok, ["content-type": "application/json", "content-length": "100"]), .text("{"), .drop]
        }
        #expect(cut.code == .closed && cut.requestWasWritten)
        let silent = try await self.failure { _ in [.drop] }
        #expect(silent.code == .closed && silent.requestWasWritten)
    }

    @Test func `cancelling closes the stream of that request and no other`() async throws {
        let gate = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        let never = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        defer { never.succeed() }
        try await TransportFixture.with(script: { request in
            let wait = request.rpcID == "1" ? never.futureResult : gate.futureResult
            return [ScriptedStep.events, .wait(wait), ScriptedStep.event(#"{"id":\#(request.rpcID),"result":{}}"#), .end]
        }) { fixture in
            fixture.transport.negotiated(.latest)
            fixture.request(1, "tools/call")
            let first = try await fixture.nextRequest()
            fixture.request(2, "tools/call")
            _ = try await fixture.nextRequest()
            fixture.transport.cancel(requestID: 1)
            #expect(try await first.gone.next())
            gate.succeed()
            try await fixture.expectMessage(#"{"id":2,"result":{}}"#)
            #expect(fixture.delegate.events.waiting.isEmpty)
        }
    }

    @Test func `a notification needs no answer`() async throws {
        try await TransportFixture.with(script: { request in
            request.rpcMethod == "a" ? ScriptedStep.answer(request) : ScriptedStep.accepted
        }) { fixture in
            fixture.transport.negotiated(.latest)
            fixture.notify("notifications/cancelled")
            let request = try await fixture.nextRequest()
            #expect(request["mcp-method"] == "notifications/cancelled")
            fixture.request(1, "a")
            #expect(try await fixture.next().message != nil)
        }
    }

    @Test("a JSON-RPC error with a status of failure is an answer", arguments: [(400, -32022), (404, -32601), (500, -32603)])
    func errorAnswers(status: Int, code: Int) async throws {
        let body = #"{"jsonrpc":"2.0","id":1,"error":{"code":\#(code),"message":"m","data":{"supported":["2025-11-25"]}}}"#
        try await TransportFixture.with(script: { _ in
            ScriptedStep.whole(HTTPResponseStatus(statusCode: status), "application/json", body)
        }) { fixture in
            fixture.request(1, "server/discover")
            try await fixture.expectMessage(body)
        }
    }

    @Test func `a JSON-RPC error without an id fails the request and is shown`() async throws {
        let body = #"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Missing session ID"}}"#
        let error = try await self.failure { _ in ScriptedStep.whole(.badRequest, "application/json", body) }
        #expect(error.code == .httpStatus && error.httpStatus == 400)
        #expect(error.detail == body)
    }

    @Test("asking for credentials names the header, and shows no secret", arguments: [401, 403])
    func unauthorized(status: Int) async throws {
        let script: ScriptedHTTPServer.Script = { request in
            let echo = "you sent \(request["authorization"] ?? "nothing")"
            return ScriptedStep.whole(HTTPResponseStatus(statusCode: status), "text/plain", echo)
        }
        let without = try await self.failure(script)
        #expect(without.code == .unauthorized && without.httpStatus == status)
        #expect(without.message.contains("set the header Authorization"))
        let with = try await self.failure(headers: [HTTPHeader(name: "Authorization", value: "Bearer \(self.secret)")], script)
        #expect(with.code == .unauthorized)
        #expect(with.message.contains("does not accept the Authorization header"))
        #expect(with.detail == "you sent [redacted]")
        #expect(!String(reflecting: with).contains(self.secret))
    }

    @Test func `a fault of the server is told with the beginning of what it says`() async throws {
        let error = try await self.failure { _ in
            ScriptedStep.whole(
                .internalServerError,
                "text/plain",
                "database\u{1B}[31m down\n" + String(repeating: "x", count: 1 << 20)
            )
        }
        #expect(error.code == .httpStatus && error.httpStatus == 500 && error.requestWasWritten)
        #expect(error.detail?.hasPrefix("database [31m down xxx") == true)
        #expect((error.detail?.count ?? 0) < 400)
        let page = try await self.failure { _ in ScriptedStep.whole(.badGateway, "text/html", "<html>nginx</html>") }
        #expect(page.message.hasSuffix("answered 502 Bad Gateway") && page.detail == nil)
    }

    @Test func `a redirect is not followed, and its host is named`() async throws {
        let other = try await ScriptedHTTPServer.start { ScriptedStep.answer($0) }
        let error = try await self.failure(headers: [HTTPHeader(name: "Authorization", value: "Bearer x")]) { _ in
            ScriptedStep.whole(.temporaryRedirect, nil, "", ["location": "\(other.url)?token=\(self.secret)"])
        }
        #expect(error.code == .httpStatus && error.httpStatus == 307)
        #expect(error.message.contains("http://127.0.0.1:\(other.port);"))
        #expect(!String(reflecting: error).contains(self.secret))
        #expect(other.requests.waiting.isEmpty)
        try await other.stop()
    }

    @Test(
        "an answer over its bound is refused while it comes, and the next one is fine",
        arguments: ["length", "chunks", "event", "line"]
    )
    func tooLarge(how: String) async throws {
        let padding = String(repeating: "x", count: 2000)
        let never = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        defer { never.succeed() }
        try await TransportFixture.with(
            maximumMessageBytes: 1024,
            script: { request in
                guard request.rpcID == "1" else { return ScriptedStep.answer(request) }
                // None of them ends: only a bound that is watched while bytes come can help.
                switch how {
                case "length":
                    return [
                        .head(.ok, ["content-type": "application/json", "content-length": "2000"]), .wait(never.futureResult),
                    ]
                case "chunks":
                    return [.head(.ok, ["content-type": "application/json"]), .text(padding), .wait(never.futureResult)]
                case "event": return [ScriptedStep.events, .text("data: \(padding)\n"), .wait(never.futureResult)]
                default: return [ScriptedStep.events, .text("data: \(padding)"), .wait(never.futureResult)]
                }
            }
        ) { fixture in
            fixture.transport.negotiated(.latest)
            fixture.request(1, "tools/call")
            let error = try #require(try await fixture.next().failure)
            #expect(error.code == .tooLarge && error.requestWasWritten)
            #expect(error.message.contains("1024"))
            let first = try await fixture.nextRequest()
            #expect(try await first.gone.next())
            fixture.request(2, "tools/call")
            #expect(try await fixture.next().message?.contains(#""id":2"#) == true)
        }
    }

    @Test func `what is neither JSON nor events is told as such`() async throws {
        let page = try await self.failure { _ in ScriptedStep.whole(.ok, "text/html; charset=utf-8", "<html>Welcome</html>") }
        #expect(page.code == .protocolViolation && page.message.contains("text/html"))
        let untyped = try await self.failure { _ in ScriptedStep.whole(.ok, nil, "{}") }
        #expect(untyped.code == .protocolViolation)
        let packed = try await self.failure { _ in ScriptedStep.json("{}", ["content-encoding": "gzip"]) }
        #expect(packed.code == .protocolViolation && packed.message.contains("compresses"))
        let accepted = try await self.failure { _ in ScriptedStep.accepted }
        #expect(accepted.code == .protocolViolation)
        let foreign = try await self.failure { _ in ScriptedStep.json(#"{"jsonrpc":"2.0","id":9,"result":{}}"#) }
        #expect(foreign.code == .protocolViolation && foreign.detail?.contains(#""id":9"#) == true)
    }

    @Test func `a hundred requests at once are each answered`() async throws {
        try await TransportFixture.with(script: { ScriptedStep.answer($0) }) { fixture in
            fixture.transport.negotiated(.latest)
            for id in 1...100 { fixture.request(id, "tools/call") }
            var answers: Set<String> = []
            for _ in 1...100 { answers.insert(try #require(try await fixture.next().message)) }
            #expect(answers == Set((1...100).map { #"{"jsonrpc":"2.0","id":\#($0),"result":{}}"# }))
        }
    }

    @Test func `closing tells nothing but the end, once, and closes what is open`() async throws {
        let never = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        defer { never.succeed() }
        try await TransportFixture.with(script: { _ in [.wait(never.futureResult)] }) { fixture in
            fixture.transport.negotiated(.latest)
            fixture.request(1, "tools/call")
            let request = try await fixture.nextRequest()
            fixture.transport.close(reason: MCPError(.closed, "first"))
            fixture.transport.close(reason: MCPError(.closed, "second"))
            fixture.request(2, "tools/call")
            #expect(try await fixture.next().reason?.message == "first")
            #expect(try await request.gone.next())
            #expect(fixture.delegate.events.waiting.isEmpty)
        }
    }
}
