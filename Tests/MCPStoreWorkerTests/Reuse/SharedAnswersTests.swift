import MCPStoreQueue
import NIOCore
import Testing

@testable import MCPStoreWorker

struct SharedAnswersTests {
    private let lane: LaneID
    private let space: Space

    init() throws {
        space = try Space(namespace: "n", dataspace: "d")
        lane = LaneID(service: ServiceID(space: space, name: "s"), lane: .interactive)
    }

    private func made(_ parameters: String, tool: String = "t") -> SharedAnswers.Key? {
        SharedAnswers.Key(
            Job(
                id: "j",
                service: lane.service,
                name: tool,
                parameters: ByteBuffer(string: parameters),
                submitted: 1,
                attempt: 1,
                deaths: 0,
                mayRunAgain: true
            )
        )
    }

    private func entry(_ number: Int) -> EntryID { EntryID(milliseconds: 1, sequence: number, in: lane) }

    @Test func `calls are the same whatever the order of members, white space, escapes and who asks`() throws {
        let one = try #require(made(#"{"name":"t","arguments":{"a":1,"b":"é"}}"#))
        #expect(made(#"{ "arguments" : {"b":"\u00e9", "a":1}, "name":"t" }"#) == one)
        #expect(
            made(#"{"name":"t","arguments":{"a":1,"b":"é"},"_meta":{"progressToken":7,"io.modelcontextprotocol/x":1}}"#) == one
        )
        for other in [
            #"{"name":"t","arguments":{"a":1.0,"b":"é"}}"#, #"{"name":"t","arguments":{"a":1}}"#,
            #"{"name":"t","arguments":{"a":1,"b":"é"},"_meta":{"locale":"no"}}"#,
            #"{"name":"t","arguments":{"a":1,"a":2,"b":"é"}}"#,
        ] {
            #expect(made(other) != one, "\(other)")
        }
        #expect(made(#"{"name":"t","arguments":{"a":1,"b":"é"}}"#, tool: "u") != one)
        #expect(made("[1]") == nil && made("{") == nil)
    }

    @Test func `one call runs, others wait for it, and each is let go once`() throws {
        let key = try #require(made(#"{"arguments":{}}"#))
        var answers = SharedAnswers()
        #expect(answers.came(entry(1), key, bytes: 2, now: 0) == .leads)
        #expect(!answers.isAwaited(entry(1)) && !answers.isIdle)
        for number in 2...4 { #expect(answers.came(entry(number), key, bytes: 2, now: 0) == .follows) }
        #expect(answers.isAwaited(entry(1)))
        answers.left(entry(3))
        let ended = answers.ended(entry(1))
        #expect(ended?.key == key && ended?.followers == [entry(2), entry(4)])
        let again = answers.ended(entry(1))
        #expect(again == nil && answers.isIdle)
        #expect(answers.came(entry(5), key, bytes: 2, now: 0) == .leads)
    }

    @Test func `what waits is bounded by number and by bytes`() throws {
        let key = try #require(made(#"{"arguments":{}}"#))
        var answers = SharedAnswers()
        _ = answers.came(entry(0), key, bytes: 2, now: 0)
        for number in 1...SharedAnswers.mostFollowers { #expect(answers.came(entry(number), key, bytes: 2, now: 0) == .follows) }
        #expect(answers.came(entry(5000), key, bytes: 2, now: 0) == .alone)
        answers.left(entry(7))
        #expect(answers.came(entry(5001), key, bytes: SharedAnswers.mostFollowerBytes, now: 0) == .alone)
        #expect(answers.came(entry(5002), key, bytes: 2, now: 0) == .follows)
    }

    @Test func `after a failure calls run for themselves for a while`() throws {
        let key = try #require(made(#"{"arguments":{}}"#))
        var answers = SharedAnswers()
        answers.failed(key, now: 0)
        #expect(answers.came(entry(1), key, bytes: 2, now: SharedAnswers.pauseAfterFailure - 1) == .alone)
        #expect(answers.came(entry(2), key, bytes: 2, now: SharedAnswers.pauseAfterFailure) == .leads)
    }

    @Test func `answers are kept for their time, within bounds, the oldest go first`() throws {
        var answers = SharedAnswers()
        let keys = try (0...SharedAnswers.mostKept).map { try #require(made(#"{"arguments":{"n":\#($0)}}"#)) }
        let payload = ByteBuffer(string: "{}")
        answers.keep(payload, keys[0], until: 10, now: 0)
        #expect(answers.answer(keys[0], now: 9) == payload && answers.answer(keys[1], now: 9) == nil)
        #expect(answers.answer(keys[0], now: 10) == nil && answers.answer(keys[0], now: 0) == nil)
        for key in keys { answers.keep(payload, key, until: 100, now: 20) }
        #expect(answers.answer(keys[0], now: 21) == nil && answers.answer(keys[1], now: 21) == payload)
        // One that is kept again does not go with its old place.
        answers.keep(payload, keys[1], until: 200, now: 30)
        answers.keep(payload, keys[0], until: 200, now: 30)
        #expect(answers.answer(keys[1], now: 150) == payload)
        // Bytes are bounded too, and so is a single one.
        let large = ByteBuffer(repeating: 120, count: SharedAnswers.largestKept)
        for key in keys.prefix(40) { answers.keep(large, key, until: 500, now: 300) }
        #expect(keys.prefix(40).count { answers.answer($0, now: 301) != nil } == 16)
        answers.keep(ByteBuffer(repeating: 120, count: SharedAnswers.largestKept + 1), keys[50], until: 500, now: 301)
        #expect(answers.answer(keys[50], now: 302) == nil)
        answers.forget()
        #expect(keys.allSatisfy { answers.answer($0, now: 303) == nil })
    }
}
