import Testing

@testable import ChaosSuite

@Suite struct `What callers, tools and Redis write down` {
    @Test func `a ledger's lines are read as they were written`() throws {
        let call = PlannedCall(id: "c-1", service: "s", tool: .idempotent, milliseconds: 5, bytes: 9, intent: .cancel)
        let ending = Ending(id: "c-1", isOutcome: true, outcome: "ok", digest: .max, attempt: 2, at: 77)
        var keyed = call
        keyed.key = "key-7"
        for line in [LedgerLine.submitted(call, at: 12), .submitted(keyed, at: 12), .ended(ending)] {
            #expect(try LedgerLine(line.text[...]) == line)
        }
        for text in ["", "s c-1", "x a b c d e f g", "e c-1 o ok zz 1 1"] {
            #expect(throws: ChaosError.self) { try LedgerLine(text[...]) }
        }
    }

    @Test func `a tool's record counts starts and ends by call, and passes over a line that was not finished`() throws {
        let line = { (id: String, event: String) in
            "{\"tool\":\"record_readonly\",\"id\":\"\(id)\",\"pid\":12,\"event\":\"\(event)\"}\n"
        }
        let text = line("a", "start") + line("b", "start") + line("a", "end") + line("b", "cancelled") + line("a", "start")
        let tool = "record_readonly"
        let read = try Execution.parse(text + "{\"tool\":\"rec")
        #expect(read == ["a": Execution(tool: tool, starts: 2, ends: 1), "b": Execution(tool: tool, starts: 1, ends: 0)])
        #expect(throws: ChaosError.self) { try Execution.parse("nonsense\n") }
    }

    private func log(_ commands: [[String]], _ tail: String = "") throws -> RedisLog {
        var log = RedisLog()
        try (SampleRun.bytes(commands) + Array(tail.utf8)).withUnsafeBytes { try log.read($0) }
        return log
    }

    @Test func `Redis' log shows a job that moved as one, with one outcome`() throws {
        let parameters = #"{"name":"t","arguments":{"ms":1,"id":"call"}}"#
        let commands = [
            ["SELECT", "0"],
            ["XADD", "n:d:jobs:s", "NOMKSTREAM", "1-0", "id", "j", "name", "t", "params", parameters],
            ["MULTI"],
            ["xadd", "n:d:jobs:s", "2-0", "since", "1", "id", "j", "name", "t", "params", parameters],
            ["XADD", "n:d:inbox:i", "NOMKSTREAM", "2-0", "id", "j", "outcome", "moved", "payload", "", "ref", "2-0"],
            ["XDEL", "n:d:jobs:s", "1-0", "1-0"],
            ["EXEC"],
        ]
        let moved = JobHistory(call: "call", service: "s", tool: "t", submissions: 1, moves: 1, entries: 1, began: 2, done: 6)
        #expect(try log(commands).jobs == ["j": moved])
        #expect(try log(commands).queued == [moved])
        let end = ["XADD", "n:d:inbox:i", "MAXLEN", "~", "5", "LIMIT", "9", "3-0", "id", "j", "outcome", "ok", "payload", "id"]
        let ended = try log(commands + [end, ["XDEL", "n:d:jobs:s", "2-0"]])
        #expect(ended.jobs["j"]?.outcomes == ["ok"] && ended.jobs["j"]?.entries == 0 && ended.queued.isEmpty)
    }

    @Test func `a shared entry of an inbox has an outcome for each of its jobs, whatever their payloads hold`() throws {
        let jobs = ["a", "b"].map { ["XADD", "n:d:jobs:s:batch", "1-\($0)", "id", $0, "name", "t", "params", "{}"] }
        let shared = ["XADD", "n:d:inbox:i", "9-0", "worker", "w-1", "a", "ok 1 2 {\"outcome\": \"id\"}", "b", "toolError 3 4 "]
        let read = try log(jobs + [shared])
        #expect(read.jobs.mapValues(\.outcomes) == ["a": ["ok"], "b": ["toolError"]])
        #expect(read.jobs["a"]?.service == "s")
    }

    @Test func `a job whose caller's inbox was deleted with all data, and not yet made anew, had nobody to be told`() throws {
        func job(_ id: String) -> [[String]] {
            [["XADD", "n:d:jobs:s", "1-\(id)", "id", id, "name", "t", "params", "{}"], ["XDEL", "n:d:jobs:s", "1-\(id)"]]
        }
        let open = ["XADD", "n:d:inbox:c", "1-0", "id", "", "outcome", "open"]
        let read = try log([open] + job("c-1") + [["FLUSHDB"]] + job("c-2") + job("other-1") + [open] + job("c-3"))
        #expect(read.jobs.mapValues(\.hadNoInbox) == ["c-1": false, "c-2": true, "other-1": false, "c-3": false])
    }

    @Test func `a command that a crash cut off is passed over; what is no command is an error`() throws {
        let job = ["XADD", "n:d:jobs:s", "1-0", "id", "a", "name", "t", "params", "{}"]
        for tail in ["*", "*3\r\n", "*3\r\n$4\r\nXADD\r\n$10\r\nn:d:", "#TS:1\r\n"] {
            #expect(try log([job], tail).jobs.count == 1, "\(tail)")
        }
        #expect(throws: ChaosError.self) { try log([job], "nonsense") }
    }
}
