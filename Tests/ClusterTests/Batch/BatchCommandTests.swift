import Foundation
import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

/// `mcpstore batch` as people type it.
@Suite(.timeLimit(.minutes(5))) struct `The batch command` {
    @Test
    func `Lines in, lines out: what is wrong is answered as invalid, failures set the status, retry-failed asks them again`()
        async throws
    {
        try await withCluster { cluster in
            try await cluster.add("tools")
            let files = try BatchFileSet(
                cluster,
                [
                    #"{"id":"a","tool":"echo","arguments":{"text":"hi"}}"#, "", #"{"id":2,"tool":"nothing"}"#, "oops",
                    #"{"id":4.50,"tool":"fail","arguments":{"message":"no"}}"#,
                    #"{"tool":"tools_add","arguments":{"a":1,"b":2}}"#,
                ]
            )
            let run = try await cluster.command("batch", "run", files.calls, "--out", files.answers, "--ordered")
            #expect(run.status == 1 && run.output == "", "\(run)")
            // Quiet where nobody watches: the summary and why it failed.
            #expect(run.errorLines.count == 2, "\(run)")
            #expect(run.errorLines.first?.contains("5 answered, 2 ok, 3 failed: 2 invalid, 1 toolError") == true, "\(run)")
            #expect(run.errorLines.last?.contains("mcpstore batch retry-failed \(files.answers)") == true)
            let answers = try files.parsed()
            #expect(answers.map { $0["line"]?.integerValue } == [1, 3, 4, 5, 6])
            #expect(answers.map { $0["outcome"]?.stringValue } == ["ok", "invalid", "invalid", "toolError", "ok"])
            #expect(answers.map { $0["id"] } == ["a", 2, .null, .number(4.5), .null])
            #expect(try String(decoding: files.lines()[3], as: UTF8.self).contains(#""id":4.50,"#))
            #expect(answers[1]["error"]?["kind"] == "unknownTool")
            #expect(answers[2]["error"]?["message"]?.stringValue?.hasPrefix("line 4: it is no JSON") == true)

            // It is refused to write over them.
            let again = try await cluster.command("batch", "run", files.calls, "--out", files.answers)
            #expect(again.status == 2 && again.error.contains("--resume goes on with it, --overwrite begins anew"), "\(again)")

            let list = try await cluster.succeed(["batch", "list", "--json"]).json()
            let id = try #require(list.arrayValue?.first?["id"]?.stringValue)
            let show = try await cluster.succeed(["batch", "show", id])
            for text in ["finished", files.calls, files.answers, "5 of 5", "2 invalid, 2 ok, 1 toolError"] {
                #expect(show.output.contains(text), "\(show)")
            }
            // A tool that was not there is there now.
            let retry = try await cluster.command("batch", "retry-failed", id, "--only", "toolError")
            #expect(retry.status == 1, "\(retry)")
            #expect(try files.parsed().map { $0["line"]?.integerValue } == [1, 3, 4, 6, 5])
            let all = try await cluster.command("batch", "retry-failed", files.answers, "--json")
            #expect(try all.json()["answered_now"] == 3)
            #expect(try files.outcomes() == ["ok": 2, "invalid": 2, "toolError": 1])
            #expect(try await cluster.outcomes("fail") == ["toolError": 3])
            let stats = try await cluster.outcomes("echo")
            #expect(stats == ["ok": 1])

            // Nothing is thrown away where the batch does not begin, least of all the calls.
            let own = try await cluster.command("batch", "run", files.calls, "--out", files.calls, "--overwrite")
            #expect(own.status == 2 && own.error.contains("holds the calls"), "\(own)")
            #expect(FileManager.default.fileExists(atPath: files.calls))
            let device = try await cluster.command("batch", "run", files.calls, "--out", "/dev/null", "--overwrite")
            #expect(device.status == 2 && device.error.contains("no regular file"), "\(device)")
            let wrong = try await cluster.command(
                ["batch", "run", "-", "--out", files.answers, "--overwrite"],
                input: #"{"tool":"nothing"}"#
            )
            #expect(wrong.status == 2, "\(wrong)")
            #expect(try files.lines().count == 5)
            let typo = try await cluster.command("batch", "retry-failed", files.answers, "--only", "toolerror")
            #expect(typo.status == 2 && typo.error.contains("there is no such outcome"), "\(typo)")

            let anew = try await cluster.command("batch", "run", files.calls, "--out", files.answers, "--overwrite")
            #expect(anew.status == 1)
            #expect(try files.lines().count == 5)
            #expect(try await cluster.outcomes("echo") == ["ok": 2])

            try #"{"id":"a","tool":"echo","arguments":{"text":"other"}}"#.write(
                toFile: files.calls,
                atomically: false,
                encoding: .utf8
            )
            let changed = try await cluster.command("batch", "retry-failed", files.answers)
            #expect(changed.status == 2 && changed.error.contains("is not what this batch began with"), "\(changed)")
        }
    }

    @Test func `CSV and pipes: records fill a template, answers go where they are read`() async throws {
        try await withCluster { cluster in
            try await cluster.add("tools")
            let csv = "name,a,b\n\"one, two\",1,2\nthree,x,4\n"
            let arguments = [
                "batch", "run", "--csv", "-", "--tool", "add", "--arguments", #"{"a":{{a}},"b":{{b}}}"#, "--id", "name",
            ]
            let run = try await cluster.command(arguments, input: csv)
            #expect(run.status == 1, "\(run)")
            let answers = try run.output.split(separator: "\n").map { try JSONValue(parsing: Data($0.utf8)) }
            #expect(answers.count == 2)
            let first = answers.first { $0["id"] == "one, two" }
            #expect(first?["outcome"] == "ok" && first?["result"]?["structuredContent"]?["sum"]?.numberValue == 3, "\(answers)")
            let second = answers.first { $0["id"] != "one, two" }
            #expect(second?["outcome"] == "invalid" && second?["line"] == 3, "\(answers)")

            let wrong = try await cluster.command(
                ["batch", "run", "--csv", "-", "--tool", "add", "--arguments", "{{c}}"],
                input: csv
            )
            #expect(wrong.status == 2 && wrong.error.contains("no column 'c' in the header: name, a, b"), "\(wrong)")
            // The first line tells whether it is a file of calls at all.
            let file = try await cluster.command(["batch", "run", "-"], input: csv)
            #expect(file.status == 2 && file.error.contains("nothing was called: line 1: it is no JSON"), "\(file)")
            let unknown = try await cluster.command(["batch", "run", "-"], input: #"{"tool":"ech"}"#)
            #expect(unknown.status == 2 && unknown.error.contains("did you mean echo"), "\(unknown)")
            let nothing = try await cluster.command(["batch", "run", "-"], input: "")
            #expect(nothing.status == 0 && nothing.output == "", "\(nothing)")
        }
    }

    @Test func `A dry run says line by line what is wrong and calls nothing`() async throws {
        try await withCluster { cluster in
            try await cluster.add("tools")
            let files = try BatchFileSet(
                cluster,
                [
                    #"{"tool":"add","arguments":{"a":1,"b":2}}"#, #"{"tool":"add","arguments":{"a":"1"}}"#, #"{"tool":"ad"}"#,
                    "x",
                    #"{"tool":"add","arguments":[]}"#,
                ]
            )
            let run = try await cluster.command("batch", "run", files.calls, "--out", files.answers, "--dry-run")
            #expect(run.status == 1, "\(run)")
            let lines = run.output.split(separator: "\n").map(String.init)
            #expect(lines.contains("line 2: b: is required and missing"), "\(run)")
            #expect(lines.contains("line 2: a: must be a number, not a string"), "\(run)")
            #expect(lines.contains { $0.hasPrefix("line 3: there is no tool 'ad'") }, "\(run)")
            #expect(lines.contains { $0.hasPrefix("line 4: it is no JSON") }, "\(run)")
            #expect(lines.contains("line 5: the arguments: must be an object, not an array"), "\(run)")
            #expect(!lines.contains { $0.hasPrefix("line 1") })
            #expect(run.error.contains("5 calls checked, 4 wrong; nothing was called"))
            #expect(access(files.answers, F_OK) != 0)
            #expect(try await cluster.outcomes("add") == [:])
            // What would be refused is said before.
            _ = try await cluster.succeed(["service", "drain", "tools"])
            let drained = try await cluster.command("batch", "run", files.calls, "--out", files.answers, "--dry-run")
            #expect(drained.output.contains("line 1: the service 'tools' is being drained"), "\(drained)")
            let refused = try await cluster.command("batch", "run", files.calls, "--out", files.answers)
            #expect(refused.status == 2 && refused.error.contains("nothing was called: line 1: "), "\(refused)")
            #expect(access(files.answers, F_OK) != 0)
        }
    }

    @Test func `Lines that were added to a finished batch are asked with --resume, changed ones are refused, also from a pipe`()
        async throws
    {
        try await withCluster { cluster in
            try await cluster.add("tools")
            func line(_ number: Int) -> String { #"{"id":\#(number),"tool":"echo","arguments":{"text":"x"}}"# }
            let files = try BatchFileSet(cluster, [line(1), line(2)])
            let command = ["batch", "run", files.calls, "--out", files.answers, "--resume"]
            _ = try await cluster.succeed(command)
            _ = try await cluster.succeed(command)
            #expect(try files.lines().count == 2)
            try Data([line(1), line(2), line(3)].joined(separator: "\n").utf8).write(to: URL(filePath: files.calls))
            let more = try await cluster.succeed(command + ["--json"]).json()
            #expect(more["answered_now"] == 1, "\(more)")
            #expect(try files.parsed().map { $0["id"] } == [1, 2, 3])
            // Killed in the middle of what was added: it is not taken for finished, though the lines are as many as were marked once.
            let slow = #"{"id":4,"tool":"sleep","arguments":{"ms":2000}}"#
            try Data([line(1), line(2), line(3), slow].joined(separator: "\n").utf8).write(to: URL(filePath: files.calls))
            let killed = try cluster.begin(command)
            try await eventually("the call lies in its lane", within: .seconds(60)) {
                try await cluster.withRedis { try await $0.execute(RedisCommand("XLEN", "\(cluster.space):jobs:tools:batch")) }
                    .integer == 1
            }
            killed.process.signal(SIGKILL)
            _ = try await killed.result()
            _ = try await cluster.succeed(command)
            #expect(try files.parsed().map { $0["id"] } == [1, 2, 3, 4])
            #expect(try await cluster.outcomes("sleep") == ["ok": 1])

            // A line that is still being written is asked once it is whole.
            let half = #"{"id":5,"tool":"ec"#
            try Data([line(1), line(2), line(3), slow, half].joined(separator: "\n").utf8).write(to: URL(filePath: files.calls))
            let early = try await cluster.command(command)
            #expect(early.status == 3 && early.error.contains("line 5, the last of the calls, has no line feed"), "\(early)")
            let whole = half + #"ho","arguments":{"text":"x"}}"# + "\n"
            try Data([line(1), line(2), line(3), slow, whole].joined(separator: "\n").utf8).write(to: URL(filePath: files.calls))
            _ = try await cluster.succeed(command)
            #expect(try files.parsed().map { $0["id"] } == [1, 2, 3, 4, 5])

            let answers = files.answers + ".piped"
            let piped = ["batch", "run", "-", "--out", answers, "--resume"]
            let first = try await cluster.command(piped, input: "\(line(1))\n\(line(2))\n")
            #expect(first.status == 0, "\(first)")
            let short = try await cluster.command(piped, input: "\(line(1))\n")
            #expect(short.status == 2 && short.error.contains("it has 1 line, where 2 were read"), "\(short)")
            let changed = try await cluster.command(piped, input: "\(line(1))\n\(line(7))\n")
            #expect(changed.status == 2 && changed.error.contains("is not what this batch began with"), "\(changed)")
            // Who is refused has changed nothing, also where there is more than there was.
            let long = try await cluster.command(piped, input: "\(line(1))\n\(line(7))\n\n\(line(8))\n")
            #expect(long.status == 2 && long.error.contains("its first 2 lines have changed"), "\(long)")
            let all = try await cluster.succeed(["batch", "list", "--json"]).json().arrayValue ?? []
            #expect(all.allSatisfy { $0["status"] == "finished" && $0["answered"] == $0["total"] }, "\(all)")
            let same = try await cluster.command(piped, input: "\(line(1))\n\(line(2))\n")
            #expect(same.status == 0 && same.error.contains("2 answered"), "\(same)")
            let grown = try await cluster.command(piped, input: "\(line(1))\n\(line(2))\n\(line(3))\n")
            #expect(grown.status == 0 && grown.error.contains("3 answered"), "\(grown)")
            // Nobody gives its lines again.
            let ended = try await cluster.command("batch", "resume", answers)
            #expect(ended.status == 0, "\(ended)")
            #expect(try await cluster.outcomes("echo") == ["ok": 7])
        }
    }

    @Test func `Ctrl-C does not queue what waits because the space is full, and resume does`() async throws {
        try await withCluster { cluster in
            try await cluster.add("tools")
            try await cluster.succeed(["tenant", "set", "default", "--max-queued", "2"])
            let files = try BatchFileSet(
                cluster,
                (1...20).map { #"{"id":\#($0),"tool":"sleep","arguments":{"ms":3000}}"# }
            )
            // The space is taken by two that run; eighteen wait outside.
            let first = try cluster.begin(["batch", "run", files.calls, "--out", files.answers])
            let lane = "\(cluster.space):jobs:tools:batch"
            try await eventually("two are queued", within: .seconds(60)) {
                try await cluster.withRedis { try await $0.execute(RedisCommand("XLEN", lane)) }.integer == 2
            }
            first.process.signal(SIGINT)
            let stopped = try await first.result()
            #expect(stopped.status == 3 && stopped.error.contains("the batch was stopped"), "\(stopped)")
            #expect(try files.lines().count <= 2)
            #expect(try await cluster.outcomes("sleep")["ok", default: 0] <= 2)
            try await cluster.succeed(["tenant", "reset", "default"])
            _ = try await cluster.succeed(["batch", "resume", files.answers])
            #expect(Set(try files.parsed().map { $0["line"]?.integerValue }) == Set(1...20))
            #expect(try await cluster.outcomes("sleep") == ["ok": 20])
        }
    }

    @Test func `Ctrl-C stops in order, and the batch goes on where it was and where its files are`() async throws {
        try await withCluster { cluster in
            try await cluster.add("tools", options: ["--concurrency", "4"])
            let count = 400
            let files = try BatchFileSet(cluster, (1...count).map { #"{"id":\#($0),"tool":"sleep","arguments":{"ms":40}}"# })
            let first = try cluster.begin(["batch", "run", files.calls, "--out", files.answers, "--in-flight", "20"])
            try await eventually("answers", within: .seconds(60)) { try files.lines().count >= 10 }
            first.process.signal(SIGINT)
            let stopped = try await first.result()
            #expect(stopped.status == 3 && stopped.error.contains("mcpstore batch resume \(files.answers)"), "\(stopped)")
            let after = try files.lines().count
            #expect(after < count)
            // What was in flight was answered before it left.
            #expect(try files.outcomes() == ["ok": after])
            let record = try await cluster.succeed(["batch", "list", "--json"]).json().arrayValue?.first
            #expect(record?["status"] == "stopped" && record?["answered"] == .integer(after))

            // On another machine, where only the files lie beside each other.
            let moved = try files.moved()
            let second = try await cluster.command("batch", "resume", moved.answers, "--json", within: .seconds(120))
            #expect(second.status == 0, "\(second)")
            #expect(try second.json()["answered_now"] == .integer(count - after))
            #expect(try moved.outcomes() == ["ok": count])
            #expect(Set(try moved.parsed().map { $0["line"]?.integerValue }) == Set(1...count))
            #expect(try await cluster.outcomes("sleep") == ["ok": count])
        }
    }

    @Test func `A batch is cancelled from elsewhere: what is in flight is taken back, and what was not read can be resumed`()
        async throws
    {
        try await withCluster { cluster in
            // More than are in flight: in which order the calls are queued that are submitted together is not said.
            try await cluster.add("tools", options: ["--concurrency", "32"])
            // The twenty in the middle are all that may be in flight, and do not end by themselves.
            let files = try BatchFileSet(
                cluster,
                (1...40).map { #"{"id":\#($0),"tool":"sleep","arguments":{"ms":\#((11...30).contains($0) ? 3_600_000 : 1)}}"# }
            )
            let command = ["batch", "run", files.calls, "--out", files.answers, "--in-flight", "20", "--timeout", "30m"]
            let running = try cluster.begin(command)
            try await eventually("the first answers", within: .seconds(60)) { try files.lines().count == 10 }
            let list = try await cluster.succeed(["batch", "list", "--json"]).json().arrayValue ?? []
            #expect(list.count == 1 && list.first?["status"] == "running")
            let id = try #require(list.first?["id"]?.stringValue)
            // Another command leaves it alone.
            let busy = try await cluster.command("batch", "resume", files.answers)
            #expect(busy.status == 2 && busy.error.contains("another command works on this batch"), "\(busy)")
            try await cluster.succeed(["batch", "cancel", id])
            let cancelled = try await running.result(within: .seconds(120))
            #expect(cancelled.status == 3 && cancelled.error.contains("the batch was cancelled"), "\(cancelled)")
            #expect(try files.outcomes() == ["ok": 10, "cancelled": 20])
            let started = try files.parsed().filter {
                $0["outcome"] == "cancelled" && $0["error"]?["message"]?.stringValue?.contains("may have taken effect") == true
            }
            #expect(started.count == 20, "all of them ran: \(started)")
            #expect(try await cluster.succeed(["batch", "show", id, "--json"]).json()["status"] == "cancelled")
            // There is no command any more that could hear of it.
            #expect(try await cluster.command("batch", "cancel", id).status == 2)

            let resumed = try await cluster.command("batch", "resume", id, within: .seconds(120))
            #expect(resumed.status == 1, "\(resumed)")
            #expect(try files.outcomes() == ["ok": 20, "cancelled": 20])
            // It may run twice, as it only reads.
            #expect(resumed.errorLines.last?.hasSuffix("asks them again") == true, "\(resumed)")
            #expect(try files.parsed().filter { $0["error"]?["safeToRetry"] == true }.count == 20)
            #expect(Set(try files.parsed().map { $0["line"]?.integerValue }) == Set(1...40))
            #expect(try await cluster.succeed(["batch", "show", id, "--json"]).json()["status"] == "finished")

            // One whose command has died: what cancelling can do then is said.
            let key = "\(cluster.space):batch:\(id)"
            _ = try await cluster.withRedis { redis in
                try await redis.execute(RedisCommand("HSET", key, "status", "running", "updated", "1"))
            }
            let silent = try await cluster.succeed(["batch", "cancel", id])
            #expect(silent.output.contains("is silent: its command, process ") && silent.output.contains("batch resume \(id)"))
        }
    }
}
