import Foundation
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@testable import MCPStore

/// Calls through a real Redis, answered by a worker of the test.
struct CallTests {
    private static let ok = #"{"content":[{"type":"text","text":"hi"}]}"#

    private func error(_ body: () async throws -> Void) async -> MCPStoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? MCPStoreError
        }
    }

    @Test func `A call is submitted as the registry says and its answer comes back`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"], entry: #"{"command":"x","callTimeoutMs":7000,"idempotentTools":["get"]}"#)
            try await fixture.publish(
                "s",
                tools: [#"{"name":"get"}"#, #"{"name":"look","annotations":{"readOnlyHint":true}}"#, #"{"name":"put"}"#]
            )
            let jobs = NIOLockedValueBox<[Job]>([])
            let worker = try await AnsweringWorker(fixture, services: ["s"]) { _, job in
                jobs.withLockedValue { $0.append(job) }
                return .test(.ok, Self.ok)
            }
            let result = try await fixture.context.useTool("get", ["city": "Oslo"])
            #expect(result.text == "hi")
            #expect(!result.isError)
            #expect(result.report.worker == "w-test")
            #expect(result.report.queued == .microseconds(1500))
            #expect(result.report.run == .microseconds(2500))
            _ = try await fixture.context.callTool("mcp_s_look", json: Data("{}".utf8), timeout: .seconds(3), lane: .batch)
            _ = try await fixture.context.useTool("s_put", timeout: .seconds(4))
            let seen = jobs.withLockedValue { $0 }
            #expect(seen.map(\.name) == ["get", "look", "put"])
            #expect(
                seen.map { String(buffer: $0.parameters) } == [
                    #"{"name":"get","arguments":{"city":"Oslo"}}"#, #"{"name":"look","arguments":{}}"#,
                    #"{"name":"put","arguments":{}}"#,
                ]
            )
            #expect(seen.map(\.timeout) == [7000, 3000, 4000])
            #expect(seen.map(\.mayRunAgain) == [true, true, false])
            #expect(seen.map(\.lane) == [.interactive, .batch, .interactive])
            let stats = try await fixture.context.toolStats("get")
            #expect(stats.calls == 1)
            #expect(stats.outcomes == ["ok": 1])
            await worker.stop()
        }
    }

    @Test func `Calls with one idempotency key share a run, from the library and the command line`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["put", "other"])
            let jobs = NIOLockedValueBox<[Job]>([])
            let worker = try await AnsweringWorker(fixture, services: ["s"]) { _, job in
                jobs.withLockedValue { $0.append(job) }
                return .test(.ok, Self.ok)
            }
            let first = try await fixture.context.callTool("put", ["a": 1], idempotencyKey: "order-7")
            let again = try await fixture.context.useTool("put", ["a": 1], idempotencyKey: "order-7")
            #expect(first.text == "hi" && again.text == "hi" && again.report.worker == "w-test")
            #expect(again.report.job != first.report.job)
            let command = try await fixture.command("call", "put", #"{"a":1}"#, "--idempotency-key", "order-7")
            #expect(command.status == .exited(0) && command.out == "hi\n", "\(command)")
            #expect(jobs.withLockedValue { $0.map(\.mayRunAgain) } == [true])
            let conflict = await error { _ = try await fixture.context.callTool("put", ["a": 2], idempotencyKey: "order-7") }
            #expect(conflict?.code == .rejected && conflict?.message.contains("other arguments") == true)
            for key in ["", String(repeating: "x", count: 513)] {
                let error = await error { _ = try await fixture.context.callTool("put", idempotencyKey: key) }
                #expect(error?.code == .invalidArguments)
            }
            _ = try await fixture.context.callTool("other", ["a": 1], idempotencyKey: "order-7")
            #expect(jobs.withLockedValue { $0.count } == 2)
            await worker.stop()
        }
    }

    @Test func `A tool of the second service that has it is counted under its own key`() async throws {
        try await withStore { fixture in
            try await fixture.add("a", tools: ["get"])
            try await fixture.add("b", tools: ["get"])
            let worker = try await AnsweringWorker(fixture, services: ["a", "b"]) { _, _ in .test(.ok, Self.ok) }
            for _ in 0..<3 { _ = try await fixture.context.useTool("b_get") }
            _ = try await fixture.context.useTool("a_get")
            let stats = try await fixture.context.toolStats()
            #expect(stats.map { "\($0.key) \($0.service) \($0.calls)" } == ["b_get b 3", "get a 1"])
            await worker.stop()
        }
    }

    @Test func `A tool's own failure is a result and a server's error is thrown`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["fail", "wrong"])
            let worker = try await AnsweringWorker(fixture, services: ["s"]) { _, job in
                job.name == "fail"
                    ? .test(.toolError, #"{"content":[{"type":"text","text":"no"}],"isError":true}"#)
                    : .test(.protocolError, #"{"code":-32602,"message":"bad\nargs","data":{"x":1}}"#)
            }
            let result = try await fixture.context.useTool("fail")
            #expect(result.isError)
            #expect(result.text == "no")
            let error = await error { _ = try await fixture.context.useTool("wrong") }
            #expect(error?.code == .protocolError)
            #expect(error?.message == "the server answered the call of 'wrong' of service 's' with an error: bad args (-32602)")
            #expect(error?.serverError?["data"] == ["x": 1])
            #expect(error?.call?.worker == "w-test")
            await worker.stop()
        }
    }

    @Test(arguments: [
        (OutcomeKind.timedOut, MCPStoreError.Code.timedOut), (.interrupted, .interrupted), (.unavailable, .unavailable),
        (.cancelled, .cancelled), (OutcomeKind(rawValue: "newKind"), .unknown),
    ])
    func `An outcome without an answer is an error with its reason`(kind: OutcomeKind, code: MCPStoreError.Code) async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"])
            let worker = try await AnsweringWorker(fixture, services: ["s"]) { _, _ in
                .test(kind, #"{"message":"because","hint":"do this"}"#)
            }
            let error = await error { _ = try await fixture.context.useTool("get") }
            #expect(error?.code == code)
            let place = kind == .cancelled ? " while it ran on worker w-test: it may have taken effect" : ""
            #expect(error?.message == "the call of 'get' of service 's' ended as \(kind.rawValue): because\(place); do this")
            #expect(error?.call?.outcome == kind.rawValue)
            await worker.stop()
        }
    }

    @Test func `Without a worker a call is unavailable at its deadline, with the service's state`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"], status: .unreachable)
            let error = await error { _ = try await fixture.context.useTool("get", timeout: .milliseconds(300)) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("unreachable: test") == true)
        }
    }

    @Test func `Progress reaches the caller in order`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"])
            let worker = try await AnsweringWorker(fixture, services: ["s"]) { queue, job in
                for step in 1...3 {
                    queue.report(
                        .init(
                            Delivery(job: job, entry: EntryID("0-1")),
                            payload: ByteBuffer(string: #"{"progress":\#(step),"total":3,"message":"step"}"#)
                        )
                    )
                }
                return .test(.ok, Self.ok)
            }
            let steps = NIOLockedValueBox<[Double]>([])
            _ = try await fixture.context.useTool("get") { progress in
                steps.withLockedValue { $0.append((progress.progress ?? 0) + (progress.total ?? 0)) }
            }
            #expect(steps.withLockedValue { $0 } == [4, 5, 6])
            await worker.stop()
        }
    }

    @Test func `A call whose task is cancelled is taken back`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"])
            let (started, starts) = AsyncStream.makeStream(of: Void.self)
            let worker = try await AnsweringWorker(fixture, services: ["s"]) { _, _ in
                starts.yield()
                return nil
            }
            let context = fixture.context
            let call = Task { try await context.useTool("get") }
            for await _ in started { break }
            call.cancel()
            let error = await error { _ = try await call.value }
            #expect(error?.code == .cancelled)
            await worker.stop()
        }
    }

    @Test func `S6: an unknown tool is an error with suggestions, an ambiguous one names the candidates`() async throws {
        try await withStore { fixture in
            try await fixture.add("a", tools: ["get_weather", "list"])
            try await fixture.add("b", tools: ["get_weather"])
            let unknown = await error { _ = try await fixture.context.useTool("lisst") }
            #expect(unknown?.code == .unknownTool)
            #expect(unknown?.suggestions.first == "list")
            #expect(unknown?.message.hasPrefix("there is no tool 'lisst' in \(fixture.space); did you mean list") == true)
            let ambiguous = await error { _ = try await fixture.context.useTool("get_weather") }
            #expect(ambiguous?.code == .ambiguousTool)
            #expect(ambiguous?.message == "'get_weather' means 2 tools: say which, a_get_weather, b_get_weather")
            #expect(ambiguous?.suggestions == ["a_get_weather", "b_get_weather"])
        }
    }

    @Test func `Where the tools of a service are not known yet, that is said`() async throws {
        try await withStore { fixture in
            _ = try await fixture.registry.put([("slow", ByteBuffer(string: #"{"command":"x"}"#), nil)], by: "test")
            try await fixture.set(.initializing, of: "slow", reason: "npx is fetching")
            let unknown = await error { _ = try await fixture.context.useTool("get") }
            #expect(
                unknown?.message.contains("the tools of service 'slow' are not known yet: initializing: npx is fetching") == true
            )
        }
    }

    @Test func `Wrong arguments and timeouts are refused before anything is queued`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"])
            let arguments = await error { _ = try await fixture.context.callTool("get", json: Data("[]".utf8)) }
            #expect(arguments?.code == .invalidArguments)
            let timeout = await error { _ = try await fixture.context.useTool("get", timeout: .zero) }
            #expect(timeout?.code == .invalidArguments)
            let length = try await fixture.client.execute(.init("EXISTS", SpaceKeys(fixture.space).jobs("s", .interactive)))
            #expect(length.integer == 0)
        }
    }

    @Test func `A service that was removed behind the store's back is rejected at once`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"])
            try await fixture.context.store.backend.follower.reload()
            _ = try await fixture.client.execute(.init("DEL", SpaceKeys(fixture.space).config("s")))
            let error = await error { _ = try await fixture.context.useTool("get", timeout: .seconds(20)) }
            // Where the store has noticed by itself, the tool is not even known.
            #expect(error?.code == .rejected || error?.code == .unknownTool)
        }
    }

    @Test func `Many calls at once each get their own answer`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["echo"])
            let worker = try await AnsweringWorker(fixture, services: ["s"]) { _, job in
                .test(.ok, String(buffer: job.parameters))
            }
            let context = fixture.context
            try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for number in 0..<500 {
                    group.addTask {
                        let result = try await context.useTool("echo", ["n": .integer(number)])
                        return (number, String(decoding: result.json, as: UTF8.self))
                    }
                }
                for try await (number, answer) in group {
                    #expect(answer == #"{"name":"echo","arguments":{"n":\#(number)}}"#)
                }
            }
            #expect(try await context.toolStats("echo").outcomes == ["ok": 500])
            await worker.stop()
        }
    }
}
