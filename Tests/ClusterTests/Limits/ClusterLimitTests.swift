import Foundation
import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct `Limits over the whole cluster` {
    /// From its first call on: workers hear of a change a moment after it was made.
    private static let oneAtATime: [String: JSONValue] = ["toolSettings": ["record_destructive": ["limits": ["concurrency": 1]]]]

    @Test func `three workers together never run more calls of a service than its limit`() async throws {
        try await withFaultyCluster(workers: 3) { cluster in
            let log = try await cluster.addRecorder(replicas: 3)
            try await cluster.succeed(["service", "limit", "tools", "--concurrency", "3"])
            try await eventually("all workers have heard of it", within: .seconds(60)) {
                let shares = try await cluster.hash("\(cluster.space):services:tools:limit")
                return shares.keys.count { $0.hasPrefix("w:") } == 3
            }
            let context = try await cluster.openStore().forStore()
            let calls = (0..<24).map { CallBatch.Call.record("destructive", "c\($0)", milliseconds: 150).patient }
            let endings = await CallBatch(calls, in: context).endings()
            #expect(endings.outcomes == ["ok": 24], "\(endings)")
            #expect(try log.starts().allSatisfy { $0.value == 1 })
            let most = try log.mostAtOnce()
            #expect((2...3).contains(most), "\(most) at once")
            let shown = try await cluster.succeed(["tool", "show", "echo"]).output
            #expect(shown.contains("at most 3 at a time (operator, over the whole cluster)"), "\(shown)")
            #expect(try await cluster.succeed(["service", "show", "tools"]).output.contains("\"concurrency\": 3"))
        }
    }

    @Test func `two workers together keep a rate and its burst in every window`() async throws {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 2, ["limits": ["rate": 50, "burst": 10]])
            let context = try await cluster.openStore().forStore()
            let calls = (0..<100).map { CallBatch.Call.record("readonly", "c\($0)", milliseconds: 0).patient }
            let endings = await CallBatch(calls, in: context).endings()
            #expect(endings.outcomes == ["ok": 100], "\(endings)")
            let times = try log.lines().filter { $0.event == "start" }.map(\.at).sorted()
            #expect(times.count == 100)
            // A loaded machine writes some of them down late: up to half a second is forgiven, of two that the calls need at least.
            for first in times.indices {
                for last in times.indices[first...] {
                    let seconds = Double(times[last] - times[first]) / 1_000_000
                    #expect(Double(last - first + 1) <= 10 + 50 * (seconds + 0.5), "\(last - first + 1) in \(seconds) s")
                }
            }
        }
    }

    @Test func `the tokens of a worker that was killed come back after its lease`() async throws {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 2, ["limits": ["concurrency": 1]])
            let context = try await cluster.openStore().forStore()
            let first = CallBatch([CallBatch.Call.record("destructive", "first", milliseconds: 100_000).patient], in: context)
            try await eventually("it runs", within: .seconds(60)) { try log.starts()["first"] == 1 }
            let holder = try await eventually("one worker has the slot", within: .seconds(60)) {
                try await cluster.hash("\(cluster.space):services:tools:limit").first {
                    $0.key.hasPrefix("w:") && $0.value.hasPrefix("1 ")
                }?.key
            }
            let second = CallBatch([CallBatch.Call.record("destructive", "second", milliseconds: 1).patient], in: context)
            for worker in cluster.workers where try await "w:" + worker.worker() == holder { worker.signal(SIGKILL) }
            #expect(await first.endings().outcomes == ["interrupted": 1])
            #expect(await second.endings().outcomes == ["ok": 1])
            #expect(try log.starts() == ["first": 1, "second": 1])
        }
    }

    @Test func `calls that wait for a token on a worker that is killed were not started, and run elsewhere`() async throws {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 1, Self.oneAtATime)
            let context = try await cluster.openStore().forStore()
            let victim = try await cluster.onlyHost(of: "tools")
            let first = CallBatch([CallBatch.Call.record("destructive", "first", milliseconds: 100_000).patient], in: context)
            try await eventually("it runs", within: .seconds(60)) { try log.starts()["first"] == 1 }
            let calls = (0..<6).map { CallBatch.Call.record("destructive", "c\($0)", milliseconds: 1).patient }
            let others = CallBatch(calls, in: context)
            try await eventually("they wait on the worker", within: .seconds(60)) {
                let command = RedisCommand("XPENDING", "\(cluster.space):jobs:tools", "workers", "-", "+", "10")
                let pending = try await cluster.withRedis { try await $0.execute(command) }.array
                return pending?.filter { $0.array?[3].integer == 0 }.count ?? 0 >= 6
            }
            victim.signal(SIGKILL)
            #expect(await first.endings().outcomes == ["interrupted": 1])
            let endings = await others.endings()
            #expect(endings.outcomes == ["ok": 6], "\(endings)")
            #expect(endings.allSatisfy { $0.attempt == 1 }, "\(endings)")
            #expect(try log.starts().allSatisfy { $0.value == 1 })
        }
    }

    @Test func `calls that wait for the answer of another one take no token`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let log = try await cluster.addRecorder(
                replicas: 1,
                [
                    "reuse": ["inFlight": true], "limits": ["concurrency": 2],
                    "toolSettings": ["record_readonly": ["limits": ["concurrency": 2]]],
                ]
            )
            let context = try await cluster.openStore().forStore()
            let same = (0..<10).map { _ in CallBatch.Call.record("readonly", "same", milliseconds: 8000).patient }
            let batch = CallBatch(same, in: context)
            try await eventually("one runs for all", within: .seconds(60)) {
                let left = try await cluster.jobsLeft("tools")
                return try log.starts() == ["same": 1] && left == 10
            }
            // While it runs, and nine wait for it, there is one token left.
            let other = await CallBatch([CallBatch.Call.record("readonly", "other", milliseconds: 1).patient], in: context)
                .endings()
            #expect(other.outcomes == ["ok": 1], "\(other)")
            #expect(await batch.endings().outcomes == ["ok": 10])
            let lines = try log.lines()
            #expect(lines.filter { $0.event == "start" }.map(\.id) == ["same", "other"])
            #expect(lines.filter { $0.event == "end" }.map(\.id) == ["other", "same"], "it waited for the token of others")
        }
    }

    @Test func `a call of a limited tool finds its token, whichever worker has it`() async throws {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 2)
            let misspelt = try await cluster.succeed(
                ["service", "limit", "tools", "--tool", "record_destructiv", "--concurrency", "1"]
            )
            #expect(misspelt.error.contains("does not offer now; did you mean record_destructive?"), "\(misspelt)")
            try await cluster.succeed(["service", "limit", "tools", "--tool", "record_destructiv", "--none"])
            let shown = try await cluster.succeed(["service", "show", "tools", "--json"]).json()
            #expect(shown["config"]?["toolSettings"] == nil, "\(shown)")
            try await cluster.succeed(["service", "limit", "tools", "--tool", "record_destructive", "--concurrency", "1"])
            let context = try await cluster.openStore().forStore()
            let clock = ContinuousClock()
            var endings: [CallBatch.Ending] = []
            // Redis gives them to the workers in turn. Where tokens moved only with renewals, each would wait for up to a second.
            let took = await clock.measure {
                for number in 0..<40 {
                    endings.append(
                        await CallBatch.run(.record("destructive", "c\(number)", milliseconds: 0).patient, in: context)
                    )
                }
            }
            print("MEASURED 40 calls of a limited tool, one after the other, on two workers: \(took)")
            #expect(endings.outcomes == ["ok": 40], "\(endings)")
            #expect(Set(endings.map(\.worker)).count == 2)
            #expect(try log.mostAtOnce() == 1)
            #expect(took < .seconds(40))
        }
    }

    @Test func `calls of a limited tool let those of other tools pass, and each runs once`() async throws {
        try await withFaultyCluster(workers: 1, workerArguments: ["--concurrency", "8"]) { cluster in
            let log = try await cluster.addRecorder(replicas: 1, Self.oneAtATime)
            let context = try await cluster.openStore().forStore()
            let calls = (0..<24).map { CallBatch.Call.record("destructive", "c\($0)", milliseconds: 200).patient }
            let slow = CallBatch(calls, in: context)
            try await eventually("they run", within: .seconds(60)) { try !log.starts().isEmpty }
            for _ in 0..<5 { _ = try await context.callTool("echo", ["text": "x"], timeout: .seconds(60)) }
            #expect(try log.lines().filter { $0.event == "end" }.count < 24, "the others came behind")
            let endings = await slow.endings()
            #expect(endings.outcomes == ["ok": 24], "\(endings)")
            #expect(try log.starts().allSatisfy { $0.value == 1 })
            #expect(try log.mostAtOnce() == 1)
            #expect(try await differences(endings, context) == [])
        }
    }
}

extension CallBatch.Call {
    /// It may wait for long on a loaded machine.
    fileprivate var patient: Self {
        var call = self
        call.timeout = .seconds(120)
        return call
    }
}
