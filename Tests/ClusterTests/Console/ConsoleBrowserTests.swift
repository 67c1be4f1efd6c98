import Foundation
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

/// The console's pages in a real browser: Debian's Chromium, headless, driven over its debugging pipe.
@Suite struct `The console in a browser` {
    /// `nil`, having said so, where there is no browser.
    private static func chromium() -> String? {
        let places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        if let found = places.first(where: FileManager.default.isExecutableFile) { return found }
        print("SKIPPED: no Chromium is installed (apt-get install chromium): the console is not looked at in a browser")
        return nil
    }

    /// What the script saw.
    private static func look(
        _ chromium: String,
        _ url: String,
        _ folder: String,
        _ more: [String] = []
    ) async throws -> JSONValue {
        let script = "\(PythonPeers.scripts)/console.py"
        let run = try ChildProcess.start(
            ["/usr/bin/env", "python3", script, chromium, url, folder] + more,
            environment: ["PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"]
        )
        guard try await run.exit(within: .seconds(180)) == .exited(0),
            let line = run.output.split(separator: "\n").first(where: { $0.hasPrefix("SEEN ") })
        else { throw PeerError(run.output) }
        return try JSONValue(parsing: Data(line.dropFirst(5).utf8))
    }

    @Test func `every page shows what is, a tool is called from its form, a dead letter is replayed`() async throws {
        guard let chromium = Self.chromium() else { return }
        try await withFaultyCluster(workers: 1) { cluster in
            let log = try await cluster.addRecorder(replicas: 1)
            let context = try await cluster.openStore().forStore()
            #expect(await CallBatch.run(.record("readonly", "before", milliseconds: 1), in: context).outcome == "ok")
            try await Self.bury(cluster)
            try await Self.upload("nightly", to: context)
            try await Self.seedHistory(cluster)
            // It runs as long as somebody may look.
            let call = CallBatch.Call.record("readonly", "long", milliseconds: 170_000)
            let long = Task { try await context.callTool(call.tool, call.arguments, timeout: .seconds(200)) }
            defer { long.cancel() }
            try await eventually("it runs", within: .seconds(60)) { try log.starts()["long"] == 1 }
            // Kept where somebody wants to look at them.
            let kept = ProcessInfo.processInfo.environment["MCPSTORE_SCREENSHOTS"]
            let folder = kept ?? cluster.directory.path + "/pictures"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try await cluster.withGateway { gateway in
                let root = gateway.url + "/api/v1/" + cluster.space.replacing(":", with: "/")
                let left = try await ClusterFixture.send(root + "/jobs", #"{"tool":"add","arguments":{"a":1,"b":2}}"#)
                #expect(left.status == 202, "\(left)")
                let seen = try await Self.look(chromium, gateway.url, folder)
                #expect(seen["errors"] == [], "\(seen["errors"] ?? nil)")
                func page(_ name: String) -> String { seen["pages"]?[name]?.stringValue ?? "" }
                let worker = try await cluster.workers[0].worker()
                #expect(page("overview").contains("1 of 1") && page("overview").contains("leads"), "\(page("overview"))")
                #expect(
                    page("services").contains("healthy") && page("services").contains("ready, 14 tools"),
                    "\(page("services"))"
                )
                #expect(page("services/tools").contains("Configuration") && page("services/tools").contains("record_readonly"))
                #expect(page("tools").contains("Adds two numbers."), "\(page("tools"))")
                #expect(page("jobs").contains("Lanes now") && page("jobs").contains("Left behind over REST"), "\(page("jobs"))")
                #expect(page("jobs").contains("record_readonly") && page("jobs").contains("running"), "\(page("jobs"))")
                #expect(page("batches").contains("nightly") && page("batches").contains("finished"), "\(page("batches"))")
                #expect(page("batches").contains("32 of 32") && page("batches").contains("toolError 1"), "\(page("batches"))")
                #expect(page("dead").contains("poison for the console") && page("dead").contains("Replay"), "\(page("dead"))")
                #expect(page("workers").contains(worker) && page("workers").contains("Placement"), "\(page("workers"))")
                #expect(page("stats").contains("record_readonly") && page("stats").contains("ok 1"), "\(page("stats"))")
                // The hour before the page was opened is plotted too.
                #expect(seen["plotted"]?.integerValue ?? 0 >= 45, "\(seen["plotted"] ?? nil)")
                // The call went through the queue to the server, and its legs are shown.
                let result = seen["result"]?.stringValue ?? ""
                #expect(result.contains("42.5") && result.contains("waiting") && result.contains("running"), "\(result)")
                #expect(page("calls").contains("tools_add"), "\(page("calls"))")
                #expect(try await context.toolStats("add").outcomes["ok"] == 2)
                // What a tool says is text, whatever it looks like.
                let failure = seen["failure"]?.stringValue ?? ""
                #expect(failure.contains("toolError") && failure.contains("<b>no</b>"), "\(failure)")
                #expect(seen["replayed"]?.stringValue?.hasPrefix("Replayed as ") == true, "\(seen["replayed"] ?? nil)")
                try await eventually("the letter's call ran", within: .seconds(60)) { try log.starts()["buried"] == 1 }
                // Nothing is wider than a phone.
                for (name, excess) in seen["wide"]?.objectValue ?? [:] { #expect(excess == 0, "\(name)") }
                #expect(seen["wide"]?.objectValue?.count == 21)
                #expect(seen["background"] == "rgb(244, 246, 249)")
                let pictures = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".png") }
                #expect(pictures.count >= 31)
            }
        }
    }

    @Test func `a gateway that wants a key is asked with the one that is typed in`() async throws {
        guard let chromium = Self.chromium() else { return }
        try await withFaultyCluster(workers: 1) { cluster in
            try await cluster.add("tools")
            let made = try await cluster.succeed(
                ["key", "create", "eyes", "--spaces", "*:*", "--role", "call", "--role", "operate"]
            )
            let key = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
            try await cluster.withGateway(["--auth", "keys"]) { gateway in
                let seen = try await Self.look(chromium, gateway.url, cluster.directory.path, [key])
                #expect(seen["asks"]?.stringValue?.contains("This gateway wants a key") == true, "\(seen)")
                #expect(seen["pages"]?["overview"]?.stringValue?.contains("1 of 1") == true, "\(seen)")
                #expect(seen["errors"] == [], "\(seen)")
            }
        }
    }

    @Test func `a tool that is held back is looked at and approved`() async throws {
        guard let chromium = Self.chromium() else { return }
        try await withFaultyCluster(workers: 1) { cluster in
            let orders = cluster.directory.path + "/orders"
            try FileManager.default.createDirectory(atPath: orders, withIntermediateDirectories: true)
            try await cluster.add("tools", [BuiltProduct.path(of: "toolserver"), "--era", "legacy", "--orders", orders])
            let context = try await cluster.openStore().forStore()
            try await context.setToolPinning(.enforce)
            try "".write(toFile: orders + "/change-tools", atomically: false, encoding: .utf8)
            func isHeld() async throws -> Bool {
                try await context.listTools(includingHeld: true).contains { $0.name == "echo" && $0.isHeld }
            }
            try await eventually("it is held back", within: .seconds(90)) { try await isHeld() }
            let kept = ProcessInfo.processInfo.environment["MCPSTORE_SCREENSHOTS"]
            try await cluster.withGateway { gateway in
                let folder = kept ?? cluster.directory.path
                let seen = try await Self.look(chromium, gateway.url, folder, ["--approve", "tools_echo"])
                #expect(seen["errors"] == [], "\(seen)")
                #expect(seen["held"]?.stringValue?.contains("Held back: changed") == true, "\(seen)")
                #expect(seen["approved"] == "Approved tools/echo.", "\(seen)")
                try await eventually("it is held back no more", within: .seconds(90)) { try await !isHeld() }
            }
        }
    }

    /// A batch that was uploaded: 30 calls that are answered, one that fails, and one that is none.
    private static func upload(_ id: String, to context: StoreContext) async throws {
        var lines = (0..<30).map { #"{"id":\#($0),"tool":"echo","arguments":{"text":"x"}}"# }
        lines += [#"{"tool":"fail","arguments":{"message":"no"}}"#, #"{"tool":"none"}"#]
        let body = Pieces(lines.joined(separator: "\n"))
        var upload = try await context.openUpload(id, UploadPlan(), owner: "") { (tool: $0.tool, service: $0.service) }
        var reader = try await BatchCallReader(LineReader(name: "calls", longest: 1 << 20) { await body.next() }, nil)
        #expect(try await upload.run(&reader) == 32)
        _ = try await eventually("all of it is answered", within: .seconds(60)) {
            try await context.countedBatch(id).flatMap { $0.status == .finished ? $0 : nil }
        }
    }

    /// The last 50 minutes, as a coordinator that led through them would have kept them.
    private static func seedHistory(_ cluster: ClusterFixture) async throws {
        // At once: behind a point of the coordinator none of the past could be added.
        let script = """
            redis.call('DEL', KEYS[1])
            local now = redis.call('TIME')[1]
            for minute = 0, 49 do
                redis.call('XADD', KEYS[1], string.format('%d-0', (now - (50 - minute) * 60) * 1000),
                    'calls', minute * minute * 7, 'failed', minute, 'queued', minute % 9)
            end
            """
        try await cluster.withRedis { redis in
            _ = try await redis.execute(RedisCommand("EVAL", script, "1", "\(cluster.space):history"))
        }
    }

    /// A file that is read at once.
    private actor Pieces {
        private var rest: ByteBuffer?

        init(_ text: String) { rest = ByteBuffer(string: text) }

        func next() -> ByteBuffer? { rest.take() }
    }

    /// A call that was given up, as recovery writes it.
    private static func bury(_ cluster: ClusterFixture) async throws {
        let fields = [
            "id", "caller-1", "name", "record_readonly", "submitted", "1700000000000000", "params",
            #"{"name":"record_readonly","arguments":{"id":"buried"}}"#, "stream", "\(cluster.space):jobs:tools", "entry", "1-1",
            "worker", "w-gone", "reason", #"{"message":"poison for the console"}"#,
        ]
        var command = RedisCommand("XADD", "\(cluster.space):dead", "*")
        for field in fields { command.append(field) }
        let sent = command
        try await cluster.withRedis { _ = try await $0.execute(sent) }
    }
}
