import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import MCPStore

/// Batches from Swift, over a store in memory and a real MCP server.
@Suite(.timeLimit(.minutes(3))) struct BatchTests {
    /// Calls as they are asked for, counted.
    private struct CountedCalls: AsyncSequence, Sendable {
        struct Broken: Error {}

        struct AsyncIterator: AsyncIteratorProtocol {
            let calls: CountedCalls

            mutating func next() async throws -> BatchCall? {
                let number = calls.read.withLockedValue { read in
                    read += 1
                    return read
                }
                if number > calls.count {
                    if calls.breaks { throw Broken() }
                    return nil
                }
                return calls.make(number)
            }
        }

        let count: Int
        var breaks = false
        let read = NIOLockedValueBox(0)
        let make: @Sendable (Int) -> BatchCall

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(calls: self) }
    }

    private static func echo(_ number: Int) -> BatchCall {
        BatchCall(id: .integer(number), tool: "echo", arguments: ["text": .string("t\(number)")])
    }

    @Test func `Every call gets one answer with its id, and what is wrong in itself does not stop the others`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let calls = CountedCalls(count: 300) { number in
                switch number % 100 {
                case 1: BatchCall(id: .integer(number), tool: "nothing")
                case 2: BatchCall(id: .integer(number), tool: "echo", arguments: [1])
                case 3: BatchCall(id: .integer(number), tool: "fail", arguments: ["message": "no"])
                default: Self.echo(number)
                }
            }
            var options = BatchOptions()
            options.inFlight = 40
            var outcomes: [String: Int] = [:]
            var ids: [Int] = []
            for try await answer in try fixture.store.batch(calls, options) {
                outcomes[answer.outcome, default: 0] += 1
                let id = try #require(answer.id.integerValue)
                ids.append(id)
                if answer.isOK { #expect(answer.result?.text == "t\(id)") }
                #expect((answer.result == nil) != (answer.error == nil))
            }
            #expect(outcomes == ["ok": 291, "invalid": 6, "toolError": 3])
            #expect(ids.sorted() == Array(1...300))
        }
    }

    @Test func `Ordered answers come in the order of their calls, whichever ends first`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            var options = BatchOptions()
            options.isOrdered = true
            options.inFlight = 16
            let calls = CountedCalls(count: 60) { number in
                number % 16 == 1
                    ? BatchCall(id: .integer(number), tool: "sleep", arguments: ["ms": 60]) : Self.echo(number)
            }
            var ids: [Int?] = []
            for try await answer in try fixture.context.batch(calls, options) {
                #expect(answer.index == ids.count)
                ids.append(answer.id.integerValue)
            }
            #expect(ids == Array(1...60))
        }
    }

    @Test func `No more calls are read than may be in flight, however slowly answers are taken`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            var options = BatchOptions()
            options.inFlight = 7
            let calls = CountedCalls(count: 50, make: Self.echo)
            let answers = try fixture.context.batch(calls, options).makeAsyncIterator()
            var taken = 0
            while try await answers.next() != nil {
                taken += 1
                // Room for one more is there when an answer was taken; the others wait to be taken.
                let most = min(taken + 7, 51)
                #expect(try await fixture.wait { calls.read.withLockedValue { $0 } == most })
            }
            #expect(taken == 50)
        }
    }

    @Test func `A full lane is waited for and no call of a batch is refused`() async throws {
        try await withMemoryStore { fixture in
            var entry = fixture.entry(concurrency: 2).objectValue ?? [:]
            entry["maxQueued"] = 3
            try await fixture.context.addService(["mcpServers": ["tools": .object(entry)]])
            try await fixture.context.waitService("tools", timeout: .seconds(60))
            var outcomes: [String: Int] = [:]
            for try await answer in try fixture.context.batch(CountedCalls(count: 60, make: Self.echo)) {
                outcomes[answer.outcome, default: 0] += 1
            }
            #expect(outcomes == ["ok": 60])
        }
    }

    @Test func `An error of whoever brings the calls comes behind the answers of those that came`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            var count = 0
            await #expect(throws: CountedCalls.Broken.self) {
                for try await answer in try fixture.context.batch(CountedCalls(count: 20, breaks: true, make: Self.echo)) {
                    #expect(answer.isOK)
                    count += 1
                }
            }
            #expect(count == 20)
        }
    }

    @Test func `Leaving the answers early takes back what is in flight`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let calls = CountedCalls(count: 5) { number in
                number == 1
                    ? Self.echo(1)
                    : BatchCall(tool: "record_destructive", arguments: ["id": .string("\(number)"), "ms": 60_000])
            }
            for try await answer in try fixture.context.batch(calls) {
                #expect(answer.isOK)
                #expect(try await fixture.waitForRecord("start", count: 4))
                break
            }
            #expect(try await fixture.waitForRecord("cancelled", count: 4))
        }
    }

    @Test func `Options that mean nothing are refused before anything is read`() async throws {
        try await withMemoryStore { fixture in
            for change: (inout BatchOptions) -> Void in [
                { $0.inFlight = 0 }, { $0.name = "a b" }, { $0.name = "" }, { $0.waiting = .zero },
                { $0.running = .seconds(700_000) },
            ] {
                var options = BatchOptions()
                change(&options)
                #expect(throws: MCPStoreError.self) { _ = try fixture.context.batch([Self.echo(1)], options) }
            }
        }
    }
}
