import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import MCPStoreProtocol

@Suite(.timeLimit(.minutes(5))) struct StreamableLegacyTests {
    private static let session: HTTPHeaders = ["mcp-session-id": "s-1"]

    /// A well-behaved legacy server with a session; the test's script goes first.
    private static func legacy(_ script: @escaping @Sendable (ScriptedRequest) -> [ScriptedStep]?) -> ScriptedHTTPServer.Script {
        { request in
            if let steps = script(request) { return steps }
            if request.method == .DELETE { return ScriptedStep.whole(.ok, nil, "") }
            if request.method == .GET { return ScriptedStep.whole(.methodNotAllowed, nil, "") }
            if request.rpcMethod == "initialize" { return ScriptedStep.answer(request, "{}", Self.session) }
            return request.rpcID == "null" ? ScriptedStep.accepted : ScriptedStep.answer(request)
        }
    }

    @Test func `the session id goes with everything, the server is listened to, and a DELETE ends it`() async throws {
        let changed = #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#
        let never = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        defer { never.succeed() }
        try await TransportFixture.with(
            script: Self.legacy { request in
                request.method == .GET ? [ScriptedStep.events, ScriptedStep.event(changed), .wait(never.futureResult)] : nil
            }
        ) { fixture in
            try await fixture.openLegacySession()
            try await fixture.expectMessage(changed)
            let listening = try await fixture.nextRequest()
            #expect(listening.method == .GET && listening["accept"] == "text/event-stream")
            #expect(listening["mcp-session-id"] == "s-1" && listening["mcp-protocol-version"] == "2025-11-25")
            fixture.request(2, "tools/list")
            #expect(try await fixture.next().message != nil)
            let list = try await fixture.nextRequest()
            #expect(list["mcp-session-id"] == "s-1" && list["mcp-protocol-version"] == "2025-11-25" && list["mcp-method"] == nil)
            fixture.transport.close(reason: MCPError(.closed, "done"))
            #expect(try await fixture.next().reason?.message == "done")
            let delete = try await fixture.nextRequest()
            #expect(delete.method == .DELETE && delete["mcp-session-id"] == "s-1")
            #expect(try await listening.gone.next())
        }
    }

    @Test func `a server without a session id is neither listened to nor ended`() async throws {
        try await TransportFixture.with(
            script: Self.legacy { $0.rpcMethod == "initialize" ? ScriptedStep.answer($0) : nil }
        ) { fixture in
            try await fixture.openLegacySession()
            fixture.request(2, "tools/list")
            #expect(try await fixture.next().message != nil)
            #expect(try await fixture.nextRequest()["mcp-session-id"] == nil)
            fixture.transport.close(reason: MCPError(.closed, "done"))
            #expect(try await fixture.next().reason != nil)
            #expect(fixture.server.requests.waiting.isEmpty)
        }
    }

    @Test func `nothing overtakes notifications/initialized`() async throws {
        let gate = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        try await TransportFixture.with(
            script: Self.legacy { request in
                guard request.rpcMethod == "notifications/initialized" else { return nil }
                return [.wait(gate.futureResult)] + ScriptedStep.accepted
            }
        ) { fixture in
            try await fixture.openLegacySession()
            fixture.request(2, "tools/list")
            fixture.request(3, "tools/call")
            fixture.transport.cancel(requestID: 2)
            // A round trip on the loop: had the requests been sent, they would be on their way before this returns.
            try await fixture.transport.eventLoop.submit {}.get()
            #expect(fixture.server.requests.waiting.isEmpty)
            gate.succeed()
            try await fixture.expectMessage(#"{"jsonrpc":"2.0","id":3,"result":{}}"#)
            let requests = [try await fixture.nextRequest(), try await fixture.nextRequest()]
            #expect(Set(requests.map { $0.rpcMethod ?? "GET" }) == ["GET", "tools/call"])
        }
    }

    @Test func `an answer to the server's own request is posted in the session`() async throws {
        let ping = #"{"jsonrpc":"2.0","id":"p","method":"ping"}"#
        let gate = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        try await TransportFixture.with(
            options: { $0.listens = false },
            script: Self.legacy { request in
                if request.body.contains(#""id":"p""#) {
                    gate.succeed()
                    return ScriptedStep.accepted
                }
                guard request.rpcID == "2" else { return nil }
                let answer = ScriptedStep.event(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
                return [ScriptedStep.events, ScriptedStep.event(ping), .wait(gate.futureResult), answer, .end]
            }
        ) { fixture in
            try await fixture.openLegacySession()
            fixture.request(2, "tools/call")
            try await fixture.expectMessage(ping)
            let answer = ByteBuffer(string: #"{"jsonrpc":"2.0","id":"p","result":{}}"#)
            fixture.transport.send(OutboundMessage(body: answer, kind: .response))
            try await fixture.expectMessage(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
            _ = try await fixture.nextRequest()
            let posted = try await fixture.nextRequest()
            #expect(posted["mcp-session-id"] == "s-1" && posted["mcp-protocol-version"] == "2025-11-25")
        }
    }

    @Test func `a 404 ends the session: what was refused was not executed, what was not may have been`() async throws {
        let never = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        defer { never.succeed() }
        let gone = #"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Session not found"}}"#
        try await TransportFixture.with(
            script: Self.legacy { request in
                if request.rpcID == "2" { return [.wait(never.futureResult)] }
                return request.rpcID == "3" ? ScriptedStep.whole(.notFound, "application/json", gone) : nil
            }
        ) { fixture in
            try await fixture.openLegacySession()
            fixture.request(2, "tools/call")
            fixture.request(3, "tools/call")
            let refused = try await fixture.next()
            #expect(refused.failedID == 3)
            #expect(refused.failure?.code == .closed && refused.failure?.requestWasWritten == false)
            let reason = try #require(try await fixture.next().reason)
            #expect(reason.code == .closed && reason.message.contains("the server ended the session (404)"))
            #expect(!fixture.server.requests.waiting.contains { $0.method == .DELETE })
        }
    }

    @Test func `all requests that are refused after the end of the session may be tried again`() async throws {
        try await TransportFixture.with(
            script: Self.legacy { $0.rpcMethod == "tools/call" ? ScriptedStep.whole(.notFound, nil, "") : nil }
        ) { fixture in
            try await fixture.openLegacySession()
            for id in 2...9 { fixture.request(id, "tools/call") }
            // As many as are refused before the transport gives up waiting for the others; none of them was executed.
            var refused = 0
            var event = try await fixture.next()
            while let failure = event.failure {
                #expect(!failure.requestWasWritten)
                refused += 1
                event = try await fixture.next()
            }
            #expect((1...8).contains(refused))
            #expect(event.reason?.code == .closed)
        }
    }

    @Test func `an unknown method in a session is an answer and not its end`() async throws {
        try await TransportFixture.with(
            script: Self.legacy { request in
                guard request.rpcID == "2" else { return nil }
                let body = #"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no"}}"#
                return ScriptedStep.whole(.notFound, "application/json", body)
            }
        ) { fixture in
            try await fixture.openLegacySession()
            fixture.request(2, "nothing")
            #expect(try await fixture.next().message?.contains("-32601") == true)
            fixture.request(3, "tools/list")
            #expect(try await fixture.next().message?.contains(#""id":3"#) == true)
        }
    }

    @Test func `a session that was opened by the probe is ended`() async throws {
        try await TransportFixture.with(
            script: Self.legacy { request in
                guard request.rpcMethod == "server/discover" else { return nil }
                let body = #"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Missing session ID"}}"#
                return ScriptedStep.whole(.badRequest, "application/json", body, ["mcp-session-id": "leaked"])
            }
        ) { fixture in
            fixture.request(0, "server/discover")
            #expect(try await fixture.next().failure?.httpStatus == 400)
            _ = try await fixture.nextRequest()
            let delete = try await fixture.nextRequest()
            #expect(delete.method == .DELETE && delete["mcp-session-id"] == "leaked")
            try await fixture.openLegacySession()
            fixture.request(2, "tools/list")
            #expect(try await fixture.next().message != nil)
        }
    }

    @Test func `a broken answer is fetched from where it broke`() async throws {
        let progress = #"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#
        let answer = #"{"jsonrpc":"2.0","id":2,"result":{"late":true}}"#
        try await TransportFixture.with(
            script: Self.legacy { request in
                if request.rpcID == "2" {
                    return [ScriptedStep.events, .text("retry: 1\n"), ScriptedStep.event(progress, id: "e-1"), .drop]
                }
                guard request.method == .GET, let last = request["last-event-id"] else { return nil }
                return last == "e-1"
                    ? [ScriptedStep.events, ScriptedStep.event(progress, id: "e-2"), .end]
                    : [ScriptedStep.events, ScriptedStep.event(answer, id: "e-3"), .end]
            }
        ) { fixture in
            try await fixture.openLegacySession()
            fixture.request(2, "tools/call")
            try await fixture.expectMessage(progress)
            try await fixture.expectMessage(progress)
            try await fixture.expectMessage(answer)
        }
    }

    @Test func `a broken answer that cannot be fetched fails after a bounded number of attempts`() async throws {
        try await TransportFixture.with(
            options: { ($0.maximumResumeFailures, $0.listens) = (2, false) },
            script: Self.legacy { request in
                if request.rpcID == "2" {
                    return [ScriptedStep.events, .text("retry: 1\n"), ScriptedStep.event("", id: "e-1"), .drop]
                }
                return request.method == .GET ? [.drop] : nil
            }
        ) { fixture in
            try await fixture.openLegacySession()
            fixture.request(2, "tools/call")
            let error = try #require(try await fixture.next().failure)
            #expect(error.code == .closed && error.requestWasWritten)
            let methods = [try await fixture.nextRequest(), try await fixture.nextRequest(), try await fixture.nextRequest()].map(
                \.method
            )
            #expect(methods == [.POST, .GET, .GET])
        }
    }

    @Test func `the server's own stream is opened again when it breaks`() async throws {
        let changed = #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#
        try await TransportFixture.with(
            script: Self.legacy { request in
                guard request.method == .GET else { return nil }
                if request["last-event-id"] == nil { return [ScriptedStep.events, .text("retry: 1\nid: g-1\ndata:\n\n"), .drop] }
                return [ScriptedStep.events, ScriptedStep.event(changed, id: "g-2"), .end]
            }
        ) { fixture in
            try await fixture.openLegacySession()
            try await fixture.expectMessage(changed)
            #expect(try await fixture.nextRequest()["last-event-id"] == nil)
            #expect(try await fixture.nextRequest()["last-event-id"] == "g-1")
        }
    }

    @Test func `a cancelled request keeps its stream for a while`() async throws {
        let late = #"{"jsonrpc":"2.0","method":"notifications/message"}"#
        let gate = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        try await withCancelledCall(grace: .seconds(600), [.wait(gate.futureResult), ScriptedStep.event(late)]) { fixture, _ in
            gate.succeed()
            try await fixture.expectMessage(late)
        }
    }

    @Test func `a cancelled request loses its stream when that time is over`() async throws {
        try await withCancelledCall(grace: .milliseconds(50), []) { fixture, call in
            let isGone = try await call.gone.next()
            #expect(isGone)
            #expect(fixture.delegate.events.waiting.isEmpty)
        }
    }

    /// Runs `body` behind the cancellation of a call whose stream the server leaves open.
    private func withCancelledCall(
        grace: Duration,
        _ steps: [ScriptedStep],
        _ body: (TransportFixture, ScriptedRequest) async throws -> Void
    ) async throws {
        let never = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        defer { never.succeed() }
        try await TransportFixture.with(
            options: { ($0.cancelGrace, $0.listens) = (grace, false) },
            script: Self.legacy { request in
                guard request.rpcID == "2" else { return nil }
                return [ScriptedStep.events] + steps + [.wait(never.futureResult)]
            }
        ) { fixture in
            try await fixture.openLegacySession()
            fixture.request(2, "tools/call")
            let call = try await fixture.nextRequest()
            fixture.transport.cancel(requestID: 2)
            try await body(fixture, call)
        }
    }

    @Test func `closing does not wait for a server that does not answer the DELETE`() async throws {
        let never = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        defer { never.succeed() }
        try await TransportFixture.with(
            options: { $0.closeTimeout = .milliseconds(50) },
            script: Self.legacy { $0.method == .DELETE ? [.wait(never.futureResult)] : nil }
        ) { fixture in
            try await fixture.openLegacySession()
            fixture.transport.close(reason: MCPError(.closed, "done"))
            fixture.request(2, "tools/call")
            #expect(try await fixture.next().failedID == 2)
            #expect(try await fixture.next().reason?.message == "done")
        }
    }
}
