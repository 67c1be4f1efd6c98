import Foundation
import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

/// `mcpstore batch` as processes that die in the middle.
@Suite(.timeLimit(.minutes(10))) struct `Batches that crash` {
    @Test func `SIGKILL of the command and of a worker: resumed, each call is answered once and nothing destructive ran twice`()
        async throws
    {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 2, options: ["--concurrency", "16"])
            let count = 2000
            let files = try BatchFileSet(
                cluster,
                (1...count).map { number in
                    // Each record is synced twice, which takes long on some disks.
                    switch number % 5 {
                    case 0: #"{"id":"c\#(number)","tool":"record_readonly","arguments":{"id":"c\#(number)","ms":4}}"#
                    case 1: #"{"id":"c\#(number)","tool":"record_destructive","arguments":{"id":"c\#(number)","ms":4}}"#
                    default: #"{"id":"c\#(number)","tool":"echo","arguments":{"text":"c\#(number)"}}"#
                    }
                }
            )
            let command = ["batch", "run", files.calls, "--out", files.answers, "--in-flight", "200"]
            let first = try cluster.begin(command)
            try await eventually("300 answers in the file", within: .seconds(120)) { try files.lines().count >= 300 }
            first.process.signal(SIGKILL)
            #expect(try await first.process.exit(within: .seconds(60)) == .signaled(SIGKILL))
            let before = try files.lines().count
            cluster.workers[0].signal(SIGKILL)

            // It is known, and nobody works on it.
            let record = try await cluster.succeed(["batch", "list", "--json"]).json().arrayValue?.first
            #expect(record?["output"]?.stringValue == files.answers)
            let second = try await cluster.command(command + ["--resume", "--json"], within: .seconds(240))
            let summary = try second.json()
            #expect(summary["status"] == "finished", "\(second)")
            #expect(summary["answered"] == .integer(count))
            #expect((summary["answered_now"]?.integerValue ?? 0) <= count - before)

            let answers = try files.parsed()
            #expect(answers.count == count)
            #expect(Set(answers.map { $0["line"]?.integerValue ?? 0 }) == Set(1...count))
            #expect(answers.allSatisfy { $0["id"] == .string("c\($0["line"]?.integerValue ?? 0)") })
            let starts = try log.starts()
            for answer in answers {
                let id = answer["id"]?.stringValue ?? ""
                let outcome = answer["outcome"]?.stringValue ?? ""
                let number = answer["line"]?.integerValue ?? 0
                let isDestructive = number % 5 == 1
                if isDestructive { #expect(starts[id, default: 0] <= 1, "\(answer)") }
                // What the killed worker had is not run again where that may do harm.
                #expect(outcome == "ok" || isDestructive && outcome == "interrupted", "\(answer)")
                if outcome == "ok", number % 5 < 2 { #expect(starts[id, default: 0] >= 1, "\(answer)") }
            }
            let failed = answers.count { $0["outcome"] != "ok" }
            #expect(second.status == (failed == 0 ? 0 : 1), "\(second)")
            // Stats count every call once, whichever command asked it.
            var counted: [String: Int] = [:]
            for tool in ["record_readonly", "record_destructive", "echo"] {
                counted.merge(try await cluster.outcomes(tool), uniquingKeysWith: +)
            }
            #expect(counted == ["ok": count - failed, "interrupted": failed].filter { $0.value > 0 })
            // Nothing of the calls is left in Redis.
            let left = try await cluster.withRedis { redis in
                try await redis.execute(RedisCommand("KEYS", "\(cluster.space):job:*")).array?.count
            }
            #expect(left == 0)
            // What is finished is not begun again.
            let third = try await cluster.command(command + ["--resume"])
            #expect(third.status == second.status)
            #expect(try files.lines().count == count)
        }
    }

    @Test func `Answers that Redis has although the command died are written by the next one, and the call is not run again`()
        async throws
    {
        try await withFaultyCluster(workers: 1) { cluster in
            let log = try await cluster.addRecorder(replicas: 1)
            let files = try BatchFileSet(
                cluster,
                (1...8).map { number in
                    #"{"id":\#(number),"tool":"record_destructive","arguments":{"id":"c\#(number)","ms":4000}}"#
                }
            )
            let command = ["batch", "run", files.calls, "--out", files.answers, "--ordered"]
            let first = try cluster.begin(command)
            try await eventually("all run", within: .seconds(60)) { try log.starts().count == 8 }
            first.process.signal(SIGKILL)
            _ = try await first.process.exit(within: .seconds(60))
            try await eventually("all have ended", within: .seconds(60)) {
                try log.lines().count { $0.event == "end" } == 8
            }
            #expect(try files.lines().isEmpty)
            let second = try await cluster.command("batch", "resume", files.answers)
            #expect(second.status == 0, "\(second)")
            #expect(try files.parsed().map { $0["line"]?.integerValue } == Array(1...8))
            #expect(try files.parsed().allSatisfy { $0["outcome"] == "ok" })
            #expect(try log.starts().values.allSatisfy { $0 == 1 })
        }
    }

    @Test func `What was gone on with elsewhere is refused, also to a command that was stopped meanwhile`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let log = try await cluster.addRecorder(replicas: 1)
            let count = 300
            let files = try BatchFileSet(
                cluster,
                (1...count).map { #"{"id":\#($0),"tool":"record_destructive","arguments":{"id":"c\#($0)","ms":4}}"# }
            )
            let command = ["batch", "run", files.calls, "--out", files.answers, "--in-flight", "10"]
            let first = try cluster.begin(command)
            try await eventually("some answers", within: .seconds(60)) { try files.lines().count >= 20 }
            first.process.signal(SIGSTOP)
            let elsewhere = cluster.directory.path + "/elsewhere"
            try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
            for path in [files.calls, files.answers, files.answers + ".batch"] {
                try FileManager.default.copyItem(atPath: path, toPath: elsewhere + "/" + path.split(separator: "/").last!)
            }
            let name = files.answers.split(separator: "/").last!
            let second = try await cluster.command("batch", "resume", "\(elsewhere)/\(name)", within: .seconds(240))
            #expect(second.status == 0, "\(second)")
            first.process.signal(SIGCONT)
            let woken = try await first.result(within: .seconds(120))
            #expect(woken.status != 0 && woken.error.contains("gone on with elsewhere"), "\(woken)")
            let third = try await cluster.command(command + ["--resume"], within: .seconds(120))
            #expect(third.status != 0 && third.error.contains("gone on with elsewhere"), "\(third)")
            #expect(try log.starts().count == count && log.starts().values.allSatisfy { $0 == 1 })
        }
    }

    @Test func `Data of Redis that was deleted: what may have run is unknown where it may do harm, and the rest runs`()
        async throws
    {
        try await withFaultyCluster(workers: 1) { cluster in
            let log = try await cluster.addRecorder(replicas: 1)
            let files = try BatchFileSet(
                cluster,
                (1...6).map { number in
                    let kind = number % 2 == 0 ? "destructive" : "readonly"
                    return #"{"id":\#(number),"tool":"record_\#(kind)","arguments":{"id":"c\#(number)","ms":4000}}"#
                }
            )
            let first = try cluster.begin(["batch", "run", files.calls, "--out", files.answers])
            try await eventually("all run", within: .seconds(60)) { try log.starts().count == 6 }
            first.process.signal(SIGKILL)
            _ = try await first.process.exit(within: .seconds(60))
            // Not only on their server: what is settled later would make its record anew.
            try await eventually("all are settled", within: .seconds(60)) {
                try await cluster.outcomes("record_readonly")["ok"] == 3
            }
            try await eventually("all are settled", within: .seconds(60)) {
                try await cluster.outcomes("record_destructive")["ok"] == 3
            }
            let keys = try await cluster.withRedis { redis in
                let patterns = ["\(cluster.space):job:*", "\(cluster.space):batch*"]
                var keys: [String] = []
                for pattern in patterns {
                    keys += try await redis.execute(RedisCommand("KEYS", pattern)).array?.compactMap(\.string) ?? []
                }
                for key in keys { _ = try await redis.execute(RedisCommand("DEL", key)) }
                return keys
            }
            #expect(keys.count >= 7)
            let second = try await cluster.command("batch", "resume", files.answers)
            #expect(second.status == 1, "\(second)")
            let answers = try files.parsed()
            #expect(answers.count == 6)
            for answer in answers {
                let number = answer["id"]?.integerValue ?? 0
                #expect(answer["outcome"] == (number % 2 == 0 ? "unknown" : "ok"), "\(answer)")
                #expect(try log.starts()["c\(number)"] == (number % 2 == 0 ? 1 : 2))
            }
        }
    }
}
