import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// Batches over REST with real processes: the gateway that takes an upload is killed in the middle of it.
struct GatewayBatchTests {
    /// Uploads the first lines of a file; where those are not all, it says so and stays.
    private static let script = """
        import http.client, sys, time, urllib.parse
        url, path, count = sys.argv[1:]
        parts = urllib.parse.urlsplit(url)
        lines = open(path, "rb").read().splitlines(keepends=True)
        def body():
            yield b"".join(lines[:int(count)])
            if int(count) < len(lines):
                print("STALLED", flush=True)
                time.sleep(600)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=110)
        connection.request("POST", parts.path + "?" + parts.query, body(), {"Content-Type": "application/x-ndjson"})
        answer = connection.getresponse()
        print("ANSWER", answer.status, answer.read().decode(), flush=True)
        """

    private static func upload(_ url: String, _ file: String, lines: Int) throws -> ChildProcess {
        try ChildProcess.start(
            ["/usr/bin/env", "python3", "-c", script, url, file, "\(lines)"],
            environment: ["PYTHONUNBUFFERED": "1"]
        )
    }

    @Test func `Every call of an upload has one answer when a worker dies, and a command takes one back that runs`() async throws
    {
        try await withFaultyCluster(workers: 2) { cluster in
            let log = try await cluster.addRecorder(replicas: 2)
            let path = "/api/v1/" + cluster.space.replacing(":", with: "/") + "/batches"
            let file = cluster.directory.path + "/calls.jsonl"
            func write(_ count: Int, milliseconds: Int) throws {
                let lines = (0..<count).map {
                    #"{"id":\#($0),"tool":"record_readonly","arguments":{"id":"r\#($0)","ms":\#(milliseconds)}}"#
                }
                try (lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: false, encoding: .utf8)
            }
            try await cluster.withGateway { gateway in
                try write(400, milliseconds: 200)
                let client = try Self.upload(gateway.url + path + "?id=crash", file, lines: 400)
                _ = try await client.line(startingWith: "ANSWER 202 ", within: .seconds(110))
                try await eventually("half of it has begun", within: .seconds(90)) { try log.starts().count >= 150 }
                cluster.workers[0].signal(SIGKILL)
                let text = try await ClusterFixture.send(gateway.url + path + "/crash/answers?follow=true").text
                let answers = try text.split(separator: "\n").map { try JSONValue(parsing: Data($0.utf8)) }
                #expect(answers.count == 400 && answers.allSatisfy { $0["outcome"] == "ok" })
                #expect(Set(answers.compactMap { $0["id"]?.integerValue }) == Set(0..<400))
                let stats = try await cluster.openStore().forStore().toolStats("record_readonly")
                #expect(stats.outcomes == ["ok": 400], "\(stats.outcomes)")

                try write(300, milliseconds: 60_000)
                let long = try Self.upload(gateway.url + path + "?id=long", file, lines: 300)
                _ = try await long.line(startingWith: "ANSWER 202 ", within: .seconds(110))
                let cancelled = try await cluster.succeed(["batch", "cancel", "long", "--json"]).json()
                #expect(cancelled["status"] == "cancelled" && cancelled["outcomes"] == ["cancelled": 300], "\(cancelled)")
            }
        }
    }

    @Test func `An upload goes on at another gateway where it was, and no call with side effects runs twice`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let log = try await cluster.addRecorder(replicas: 1)
            let (first, second) = (try await cluster.startGateway(), try await cluster.startGateway())
            let file = cluster.directory.path + "/calls.jsonl"
            let lines = (0..<500).map { #"{"id":\#($0),"tool":"record_destructive","arguments":{"id":"n\#($0)"}}"# }
            try (lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: false, encoding: .utf8)
            let path = "/api/v1/" + cluster.space.replacing(":", with: "/") + "/batches"
            let client = try Self.upload(first.url + path + "?id=night", file, lines: 350)
            _ = try await client.line(startingWith: "STALLED", within: .seconds(60))
            try await eventually("the first calls are taken", within: .seconds(60)) {
                let batch = try await ClusterFixture.send(second.url + path + "/night")
                return batch.status == 200 ? try batch.json()["read"]?.integerValue ?? 0 >= 300 : false
            }
            first.process.signal(SIGKILL)
            await client.stop()
            let open = try await ClusterFixture.send(second.url + path + "/night").json()
            #expect(open["status"] == "uploading" && open["read"] == 300, "\(open)")

            let again = try Self.upload(second.url + path + "?id=night", file, lines: 500)
            let answer = try await again.line(startingWith: "ANSWER ", within: .seconds(110))
            #expect(answer.hasPrefix("ANSWER 202 "), "\(answer)")
            let text = try await ClusterFixture.send(second.url + path + "/night/answers?follow=true").text
            let answers = try text.split(separator: "\n").map { try JSONValue(parsing: Data($0.utf8)) }
            #expect(answers.count == 500 && answers.allSatisfy { $0["outcome"] == "ok" })
            #expect(Set(answers.compactMap { $0["id"]?.integerValue }) == Set(0..<500))
            let starts = try log.starts(of: "record_destructive")
            #expect(starts.count == 500 && starts.values.allSatisfy { $0 == 1 })
            // The command line knows it as well.
            let listed = try await cluster.succeed(["batch", "list", "--json"]).json().arrayValue ?? []
            #expect(listed.count == 1 && listed[0]["status"] == "finished" && listed[0]["answered"] == 500, "\(listed)")
            let cancelled = try await cluster.command("batch", "cancel", "night")
            #expect(cancelled.status == 2 && cancelled.error.contains("it is finished"), "\(cancelled)")
            await second.process.stop()
        }
    }
}
