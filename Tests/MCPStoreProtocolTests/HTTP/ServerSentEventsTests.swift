import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import MCPStoreProtocol

@Suite(.timeLimit(.minutes(5))) struct ServerSentEventsTests {
    /// A server of HTTP+SSE: what is posted is answered on the stream. `posting` may answer a POST otherwise.
    private static func server(
        endpoint: String = "/messages?session=1",
        posting: @escaping @Sendable (ScriptedRequest) -> [ScriptedStep]? = { _ in nil }
    ) -> ScriptedHTTPServer.Script {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let gates = (0..<10).map { _ in loop.makePromise(of: Void.self) }
        return { request in
            if request.method == .GET {
                var steps = [ScriptedStep.events, ScriptedStep.event(endpoint, type: "endpoint")]
                for (id, gate) in gates.enumerated() {
                    steps += [
                        .wait(gate.futureResult),
                        ScriptedStep.event(#"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#, type: "message"),
                    ]
                }
                return steps + [.end]
            }
            guard request.uri.hasPrefix("/messages") else {
                return ScriptedStep.whole(.methodNotAllowed, "text/plain", "Method Not Allowed")
            }
            if let steps = posting(request) { return steps }
            if let id = Int(request.rpcID) { for gate in gates[...id] { gate.succeed() } }
            return ScriptedStep.whole(.accepted, "text/plain", "Accepted")
        }
    }

    @Test("requests go to the named endpoint, answers come on the stream", arguments: [HTTPServer.Kind.sse, .automatic])
    func conversation(kind: HTTPServer.Kind) async throws {
        try await TransportFixture.with(kind: kind, path: "/sse", script: Self.server()) { fixture in
            fixture.request(0, "server/discover")
            #expect(try await fixture.next().failedID == 0)
            fixture.request(1, "initialize")
            var answers = [try await fixture.next().message, try await fixture.next().message]
            #expect(answers.last == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
            let stream = try await fixture.nextRequest()
            #expect(stream.method == .GET && stream["accept"] == "text/event-stream")
            let opener = try await fixture.nextRequest()
            #expect(opener.uri == "/messages?session=1" && opener.rpcMethod == "initialize")
            fixture.transport.negotiated(.v20241105)
            fixture.notify("notifications/initialized")
            fixture.request(2, "tools/list")
            answers.append(try await fixture.next().message)
            #expect(answers.last == #"{"jsonrpc":"2.0","id":2,"result":{}}"#)
            #expect(try await fixture.nextRequest().rpcMethod == "notifications/initialized")
            #expect(try await fixture.nextRequest().rpcMethod == "tools/list")
            fixture.transport.close(reason: MCPError(.closed, "done"))
            #expect(try await fixture.next().reason?.message == "done")
            #expect(try await stream.gone.next())
        }
    }

    @Test func `a server that refuses initialize is tried with HTTP+SSE on the same URL`() async throws {
        try await TransportFixture.with(kind: .automatic, path: "/old", script: Self.server()) { fixture in
            fixture.request(0, "server/discover")
            #expect(try await fixture.next().failure?.httpStatus == 405)
            fixture.request(1, "initialize")
            #expect(try await fixture.next().message?.contains(#""id":0"#) == true)
            #expect(try await fixture.next().message?.contains(#""id":1"#) == true)
            var seen: [String] = []
            for _ in 1...4 {
                let request = try await fixture.nextRequest()
                seen.append("\(request.method) \(request.uri.prefix { $0 != "?" })")
            }
            #expect(seen == ["POST /old", "POST /old", "GET /old", "POST /messages"])
        }
    }

    @Test func `when neither works, the first refusal is told`() async throws {
        try await TransportFixture.with(
            kind: .automatic,
            script: { _ in ScriptedStep.whole(.notFound, "text/plain", "no such page") }
        ) { fixture in
            fixture.request(1, "initialize")
            let error = try #require(try await fixture.next().failure)
            #expect(error.httpStatus == 404 && error.detail == "no such page")
            #expect(error.message.contains("nor does it speak HTTP+SSE"))
            #expect(try await fixture.next().reason?.httpStatus == 404)
        }
    }

    @Test func `a server that refuses initialize with a JSON-RPC error is not tried otherwise`() async throws {
        let body = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}"#
        try await TransportFixture.with(
            kind: .automatic,
            script: { _ in ScriptedStep.whole(.badRequest, "application/json", body) }
        ) { fixture in
            fixture.request(1, "initialize")
            try await fixture.expectMessage(body)
            #expect(try await fixture.nextRequest().method == .POST)
            #expect(fixture.server.requests.waiting.isEmpty)
        }
    }

    @Test(
        "a stream that cannot be had fails what waits for it and closes",
        arguments: ["status", "type", "endpoint", "end", "silence"]
    )
    func opening(how: String) async throws {
        let never = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        defer { never.succeed() }
        try await TransportFixture.with(
            kind: .sse,
            options: { if how == "silence" { $0.endpointTimeout = .milliseconds(50) } },
            script: { _ in
                switch how {
                case "status": ScriptedStep.whole(.notFound, nil, "")
                case "type": ScriptedStep.whole(.ok, "text/html", "<html>")
                case "endpoint":
                    [
                        ScriptedStep.events, ScriptedStep.event("http://evil.example/m", type: "endpoint"),
                        .wait(never.futureResult),
                    ]
                case "end": [ScriptedStep.events, .end]
                default: [ScriptedStep.events, .wait(never.futureResult)]
                }
            }
        ) { fixture in
            let expected: [String: MCPError.Code] = [
                "status": .httpStatus, "type": .protocolViolation, "endpoint": .protocolViolation, "end": .closed,
                "silence": .timedOut,
            ]
            fixture.request(1, "initialize")
            var event = try await fixture.next()
            // The stream may have been given up before the request was sent; then nobody waits for an answer.
            if let failure = event.failure {
                #expect(event.failedID == 1 && !failure.requestWasWritten && failure.code == expected[how])
                event = try await fixture.next()
            }
            #expect(event.reason?.code == expected[how], "\(event)")
            #expect(try await fixture.nextRequest().method == .GET)
            #expect(fixture.server.requests.waiting.isEmpty)
        }
    }

    @Test func `an answer over its bound costs its own request only`() async throws {
        let padding = String(repeating: "x", count: 2000)
        let gate = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        try await TransportFixture.with(
            kind: .sse,
            maximumMessageBytes: 1024,
            script: { request in
                if request.rpcID == "2" { gate.succeed() }
                guard request.method == .GET else { return ScriptedStep.accepted }
                return [
                    ScriptedStep.events, ScriptedStep.event("/messages", type: "endpoint"), .wait(gate.futureResult),
                    ScriptedStep.event(#"{"jsonrpc":"2.0","id":1,"result":{"text":"\#(padding)"}}"#),
                    ScriptedStep.event(#"{"jsonrpc":"2.0","id":2,"result":{}}"#),
                ]
            }
        ) { fixture in
            fixture.request(1, "tools/call")
            fixture.request(2, "tools/call")
            let failed = try await fixture.next()
            #expect(failed.failedID == 1 && failed.failure?.code == .tooLarge && failed.failure?.requestWasWritten == true)
            try await fixture.expectMessage(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
        }
    }

    @Test func `a broken stream is the end`() async throws {
        let gate = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        try await TransportFixture.with(
            kind: .sse,
            script: { request in
                request.method == .GET
                    ? [ScriptedStep.events, ScriptedStep.event("/messages", type: "endpoint"), .wait(gate.futureResult), .drop]
                    : ScriptedStep.accepted
            }
        ) { fixture in
            fixture.request(1, "initialize")
            _ = try await fixture.nextRequest()
            _ = try await fixture.nextRequest()
            gate.succeed()
            #expect(try await fixture.next().reason?.code == .closed)
        }
    }

    @Test func `a message that is refused fails its request, and a session that is gone ends`() async throws {
        let script = Self.server(posting: { request in
            switch request.rpcID {
            case "3": ScriptedStep.whole(.internalServerError, "text/plain", "oops")
            case "4": ScriptedStep.whole(.notFound, "text/plain", "Could not find session")
            default: nil
            }
        })
        try await TransportFixture.with(kind: .sse, script: script) { fixture in
            fixture.request(3, "tools/call")
            let failed = try await fixture.next()
            #expect(failed.failedID == 3 && failed.failure?.httpStatus == 500 && failed.failure?.detail == "oops")
            fixture.request(4, "tools/call")
            let gone = try await fixture.next()
            #expect(gone.failedID == 4 && gone.failure?.requestWasWritten == false)
            #expect(try await fixture.next().reason?.message.contains("404") == true)
        }
    }
}
