import AsyncHTTPClient
import Foundation
import MCPStore
import MCPStoreQueue
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TestSupport
import Testing

@testable import MCPStoreGateway

/// Batches over REST, before a store with a Redis of its own.
struct RESTBatchTests {
    private static let jsonl = [("content-type", "application/x-ndjson")]

    private static func lines(_ count: Int) -> String {
        (0..<count).map { #"{"id":{"n":\#($0)},"tool":"echo","arguments":{"text":"\#($0)"}}"# }.joined(separator: "\n") + "\n"
    }

    /// All answers of a batch, once it has ended, by their lines.
    private func answers(_ gateway: LiveGateway, _ id: String) async throws -> [Int: JSONValue] {
        let answer = try await gateway.rest(.GET, "batches/\(id)/answers?follow=true")
        #expect(answer.status == 200 && answer.type == "application/x-ndjson", "\(answer.text)")
        var answers: [Int: JSONValue] = [:]
        for line in answer.text.split(separator: "\n") {
            let json = try JSONValue(parsing: Data(line.utf8))
            let number = try #require(json["line"]?.integerValue)
            #expect(answers.updateValue(json, forKey: number) == nil, "line \(number) is answered twice")
        }
        return answers
    }

    @Test func `Each line of an upload has one answer with its id, the wrong ones say why`() async throws {
        try await withRedisGateway { gateway in
            let wrong = #"{"tool":"nothing"}"# + "\n\n" + #"{"tool":"echo","argument":{}}"# + "\nno json\n"
            let body = Self.lines(250) + wrong + #"{"id":"bad","tool":"fail","arguments":{"text":"x"}}"# + "\n"
            let uploaded = try await gateway.rest(.POST, "batches?id=mixed", Self.jsonl, body: body)
            #expect(uploaded.status == 202, "\(uploaded.text)")
            #expect(uploaded.headers.first(name: "location") == "/api/v1/default/default/batches/mixed")
            #expect(try uploaded.json()["total"] == 254)
            let events = try await gateway.rest(.GET, "batches/mixed/events")
            let last = try #require(events.messages.last).utf8
            let end = try JSONValue(parsing: Data(last))
            #expect(end["status"] == "finished" && end["answered"] == 254, "\(end)")
            let answers = try await answers(gateway, "mixed")
            #expect(answers.count == 254)
            for number in 0..<250 {
                let answer = try #require(answers[number + 1])
                #expect(answer["outcome"] == "ok" && answer["id"] == ["n": .integer(number)], "\(answer)")
                #expect(answer["result"]?["content"] == [["type": "text", "text": .string("\(number)")]], "\(answer)")
            }
            #expect(answers[251]?["outcome"] == "invalid" && answers[251]?["error"]?["kind"] == "unknownTool")
            #expect(answers[253]?["error"]?["message"]?.stringValue?.contains("line 253: 'argument' is no member") == true)
            #expect(answers[254]?["outcome"] == "invalid" && answers[255]?["outcome"] == "toolError", "\(answers)")
            #expect(
                end["outcomes"]?["ok"] == 250 && end["outcomes"]?["invalid"] == 3 && end["outcomes"]?["toolError"] == 1,
                "\(end)"
            )
            // The space counts what ran, once each.
            #expect(try await gateway.rest(.GET, "tools/echo/stats").json()["calls"] == 250)
            let listed = try await gateway.rest(.GET, "batches").json()
            #expect(listed["batches"]?.arrayValue?.map { $0["id"] } == ["mixed"], "\(listed)")
        }
    }

    @Test func `An upload that broke off goes on where it was, and nothing is asked twice`() async throws {
        try await withRedisGateway { gateway in
            let body = Self.lines(450)
            let key = [("idempotency-key", "monday")]
            // As of a client that dies: the first part of the body, and then nothing any more.
            let context = gateway.store.forStore()
            let id = "k-" + String(repeating: "0", count: 32)
            var upload = try await context.openUpload(id, UploadPlan(), owner: "") { (tool: $0.tool, service: $0.service) }
            let half = ByteBuffer(string: String(body.prefix(body.utf8.count / 2)))
            let lines = HalfBody(half)
            var reader = try await BatchCallReader(
                LineReader(name: "half", longest: 1 << 20) { try await lines.next() },
                nil
            )
            await #expect(throws: PeerError.self) { try await upload.run(&reader) }
            #expect(upload.taken >= 100 && upload.taken < 300)
            let open = try await gateway.rest(.GET, "batches/\(id)").json()
            #expect(open["status"] == "uploading" && open["complete"] == false, "\(open)")
            // Others are not the calls with which it began.
            let other = body.replacing("echo", with: "fail")
            let problem = try await gateway.problem(.POST, "batches?id=\(id)", Self.jsonl, body: other)
            #expect(problem["status"] == 409 && problem["line"]?.integerValue ?? 0 >= 100, "\(problem)")
            for _ in 0..<2 {
                let answer = try await gateway.rest(.POST, "batches?id=\(id)", Self.jsonl, body: body)
                #expect(answer.status == 202, "\(answer.text)")
                #expect(try answer.json()["total"] == 450)
            }
            #expect(try await answers(gateway, id).count == 450)
            #expect(try await gateway.rest(.GET, "tools/echo/stats").json()["calls"] == 450)
            // By a key the id is the same each time.
            let short = Self.lines(3)
            let first = try await gateway.rest(.POST, "batches", Self.jsonl + key, body: short).json()
            let second = try await gateway.rest(.POST, "batches", Self.jsonl + key, body: short).json()
            #expect(first["id"] != nil && first["id"] == second["id"], "\(first) \(second)")
            #expect(try await gateway.problem(.POST, "batches", Self.jsonl + key, body: Self.lines(4))["status"] == 409)
        }
    }

    @Test func `Cancelling a batch takes back what waits for a limit, too`() async throws {
        try await withRedisGateway { gateway in
            let slow: JSONValue = [
                "command": .string(BuiltProduct.path(of: "toolserver")),
                "toolSettings": ["sleep": ["limits": ["concurrency": 1]]],
            ]
            try await gateway.store.forStore().addService(["mcpServers": ["slow": slow]])
            try await gateway.store.forStore().waitService("slow", timeout: .seconds(90))
            let body = String(repeating: #"{"tool":"slow_sleep","arguments":{"ms":120000}}"# + "\n", count: 60)
            #expect(try await gateway.rest(.POST, "batches?id=limited", Self.jsonl, body: body).status == 202)
            try await eventually("most of them are delayed", within: .seconds(60)) {
                (try await gateway.rest(.GET, "summary?full=true").json()["delayed"]?.integerValue ?? 0) >= 30
            }
            #expect(try await gateway.rest(.POST, "batches/limited/cancel").status == 200)
            try await eventually("none is left", within: .seconds(60)) {
                try await gateway.rest(.GET, "batches/limited").json()["status"] == "cancelled"
            }
            let answers = try await answers(gateway, "limited")
            #expect(answers.count == 60 && answers.values.allSatisfy { $0["outcome"] == "cancelled" }, "\(answers.values)")
            #expect(try await gateway.rest(.GET, "summary?full=true").json()["delayed"] == 0)
        }
    }

    @Test func `A batch of which somebody else has calls is not thrown away`() async throws {
        try await withRedisGateway { gateway in
            let context = gateway.store.forStore()
            #expect(try await gateway.rest(.POST, "batches?id=taken", Self.jsonl, body: Self.lines(10)).status == 202)
            try await context.dropUpload("taken")
            #expect(try await answers(gateway, "taken").count == 10)
            // Another body under its name gets what it deserves, and changes nothing.
            let other = try await gateway.rest(.POST, "batches?id=taken", Self.jsonl, body: Self.lines(7) + Self.lines(3))
            #expect(other.status >= 400, "\(other.text)")
            #expect(try await answers(gateway, "taken").count == 10)
        }
    }

    /// Sends the first half of a body and then nothing, until it is cancelled.
    private func half(_ gateway: LiveGateway, _ id: String, _ body: String, isChunked: Bool) -> Task<Int, any Error> {
        let (pieces, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        continuation.yield(ByteBuffer(string: String(body.prefix(body.utf8.count / 2))))
        var request = gateway.request(.POST, "\(LiveGateway.root)/batches?id=\(id)", Self.jsonl)
        request.body = .stream(pieces, length: isChunked ? .unknown : .known(Int64(body.utf8.count)))
        let (client, sent) = (gateway.client, request)
        return Task {
            defer { withExtendedLifetime(continuation) {} }
            return Int(try await client.execute(sent, timeout: .seconds(110)).status.code)
        }
    }

    private func waitUntilTaken(_ gateway: LiveGateway, _ id: String) async throws {
        try await eventually("the first calls are taken", within: .seconds(90)) {
            let batch = try await gateway.rest(.GET, "batches/\(id)")
            return batch.status == 200 ? try batch.json()["read"] == 200 : false
        }
    }

    @Test(arguments: [true, false])
    func `A client that goes away in the middle has not said all`(_ isChunked: Bool) async throws {
        try await withRedisGateway { gateway in
            let body = Self.lines(500)
            let upload = half(gateway, "half", body, isChunked: isChunked)
            try await waitUntilTaken(gateway, "half")
            upload.cancel()
            await #expect(throws: (any Error).self) { try await upload.value }
            // Only the one that asks is not answered yet.
            try await eventually("the gateway has given it up", within: .seconds(90)) {
                try await gateway.send(.GET, "/metrics").text.contains("mcpstore_gateway_requests_open 1\n")
            }
            let left = try await gateway.rest(.GET, "batches/half").json()
            #expect(left["complete"] == false && left["read"] == 200, "\(left)")
            let again = try await gateway.rest(.POST, "batches?id=half", Self.jsonl, body: body)
            #expect(try again.status == 202 && again.json()["total"] == 500, "\(again.text)")
            #expect(try await answers(gateway, "half").count == 500)
        }
    }

    @Test func `A gateway that goes away in the middle does not take what it has for all`() async throws {
        try await withRedisServer { redis in
            let options = RedisOptions(url: redis.url, dataspace: "default", socketTimeout: .seconds(30), fallback: false)
            try await withLiveGateway([], redis: options) { gateway in
                let upload = half(gateway, "drained", Self.lines(500), isChunked: true)
                try await waitUntilTaken(gateway, "drained")
                await gateway.group.triggerGracefulShutdown()
                // It says so, or the connection ends.
                if case .success(let status) = await upload.result { #expect(status == 503) }
            }
            // The gateway's own store is closed by now.
            let store = try await MCPStore.setup(redis: options)
            let record = try #require(try await store.forStore().countedBatch("drained"))
            #expect(record.upload?.isClosed == false && record.read == 200, "\(record)")
            await store.close()
        }
    }

    @Test func `A batch is taken back without anybody who runs it, and what failed is asked again`() async throws {
        try await withRedisGateway { gateway in
            let blocking = try await gateway.block()
            let body = Self.lines(120).replacing("}}\n", with: #"},"service":"slow"}"# + "\n")
            let uploaded = try await gateway.rest(.POST, "batches?id=later", Self.jsonl, body: body)
            #expect(uploaded.status == 202, "\(uploaded.text)")
            #expect(try await gateway.problem(.POST, "batches/later/retry-failed")["status"] == 409)
            #expect(try await gateway.problem(.DELETE, "batches/later")["status"] == 409)
            let cancelled = try await gateway.rest(.POST, "batches/later/cancel").json()
            #expect(cancelled["status"] == "cancelled" && cancelled["outcomes"]?["cancelled"] == 120, "\(cancelled)")
            #expect(try await gateway.rest(.DELETE, "jobs/\(blocking)").status == 200)
            let answered = try await gateway.rest(.GET, "batches/later/answers").text
            #expect(
                answered.split(separator: "\n").allSatisfy { $0.hasSuffix(#""safeToRetry":true}}"#) },
                "\(answered.prefix(500))"
            )
            let again = try await gateway.rest(.POST, "batches/later/retry-failed?safe=true").json()
            #expect(again["retried"] == 120 && again["round"] == 2, "\(again)")
            let answers = try await answers(gateway, "later")
            #expect(answers.count == 120 && answers.values.allSatisfy { $0["outcome"] == "ok" })
            let end = try await gateway.rest(.GET, "batches/later").json()
            #expect(end["status"] == "finished" && end["outcomes"] == ["ok": 120], "\(end)")
            #expect(try await gateway.rest(.POST, "batches/later/retry-failed").json()["retried"] == 0)
            #expect(try await gateway.rest(.DELETE, "batches/later").status == 200)
            #expect(try await gateway.problem(.GET, "batches/later")["kind"] == "unknownBatch")
        }
    }

    @Test func `Large answers are kept as long as the others, and only what failed is asked again`() async throws {
        try await withRedisGateway { gateway in
            let text = String(repeating: "x", count: 100_000)
            let fails = (0..<20).map { #"{"id":\#($0),"tool":"fail","arguments":{"message":"no"}}"# }.joined(separator: "\n")
            let body = Self.lines(20) + fails + "\n" + #"{"tool":"echo","arguments":{"text":"\#(text)"}}"#
            #expect(try await gateway.rest(.POST, "batches?id=large", Self.jsonl, body: body).status == 202)
            let first = try await answers(gateway, "large")
            #expect(first.count == 41 && first[41]?["result"]?["content"] == [["type": "text", "text": .string(text)]])
            #expect(try await answers(gateway, "large").count == 41)
            let none = try await gateway.rest(.POST, "batches/large/retry-failed?only=timedOut,cancelled").json()
            #expect(none["retried"] == 0 && none["status"] == "finished", "\(none)")
            let unrun = try await gateway.rest(.POST, "batches/large/retry-failed?safe=true").json()
            #expect(unrun["retried"] == 0, "\(unrun)")
            let again = try await gateway.rest(.POST, "batches/large/retry-failed").json()
            #expect(again["retried"] == 20, "\(again)")
            let second = try await answers(gateway, "large")
            #expect(second.count == 41 && second.values.count { $0["outcome"] == "toolError" } == 20)
            let end = try await gateway.rest(.GET, "batches/large").json()
            #expect(end["outcomes"] == ["ok": 21, "toolError": 20] && end["round"] == 2, "\(end)")
            // Each of them ran once, and the failing ones once more.
            #expect(try await gateway.rest(.GET, "tools/fail/stats").json()["calls"] == 40)
            #expect(try await gateway.rest(.GET, "tools/echo/stats").json()["calls"] == 21)
        }
    }

    @Test func `Records of CSV become calls, and what is no file of calls is refused`() async throws {
        try await withRedisGateway { gateway in
            let csv = [("content-type", "text/csv; charset=utf-8")]
            let query = "tool=echo&idColumn=n&arguments=%7B%22text%22:%22%7B%7Bword%7D%7D!%22%7D"
            let body = "n,word\n1,one\n2,\"t\"\"w\no\"\n3\n"
            let uploaded = try await gateway.rest(.POST, "batches?id=csv&\(query)", csv, body: body)
            #expect(uploaded.status == 202, "\(uploaded.text)")
            let answers = try await answers(gateway, "csv")
            #expect(answers[2]?["id"] == "1" && answers[2]?["result"]?["content"] == [["type": "text", "text": "one!"]])
            #expect(answers[3]?["result"]?["content"] == [["type": "text", "text": "t\"w\no!"]], "\(answers)")
            #expect(answers[5]?["outcome"] == "invalid", "\(answers)")
            let cases: [(String, [(String, String)], String, Int)] = [
                ("batches?id=x", Self.jsonl, "no json\n", 400), ("batches?id=x", Self.jsonl, #"{"tool":"nothing"}"#, 404),
                ("batches?id=x", Self.jsonl, "", 400), ("batches?id=x", csv, "a\n1\n", 400),
                ("batches?id=x&tool=echo", Self.jsonl, Self.lines(1), 400), ("batches?id=a%20b", Self.jsonl, Self.lines(1), 400),
                ("batches?id=x", [], Self.lines(1), 415),
            ]
            for (path, headers, body, status) in cases {
                let problem = try await gateway.problem(.POST, path, headers, body: body)
                #expect(problem["status"] == .integer(status), "\(path) \(body): \(problem)")
            }
            let problem = try await gateway.problem(.POST, "batches?id=x", Self.jsonl, body: "\n\n[1]\n")
            #expect(problem["line"] == 3, "\(problem)")
            #expect(try await gateway.problem(.GET, "batches/x")["kind"] == "unknownBatch")
        }
    }

    @Test func `A batch belongs to the key that uploaded it`() async throws {
        let space = try SpacePattern("default:default")
        let keys = [[AccessRole.submit], [.submit], [.submit, .operate]].map {
            AccessKey.make(name: "k", spaces: [space], tools: [NamePattern("echo")], roles: $0, lifetime: nil, by: "test")
        }
        let authenticator = KeyAuthenticator { (id) async throws(QueueError) in keys.first { $0.key.id == id }?.key }
        try await withRedisGateway({ $0.authenticator = authenticator }) { gateway in
            let headers = keys.map { [("authorization", "Bearer \($0.text)")] }
            let body = Self.lines(2) + #"{"tool":"sleep","arguments":{"ms":1}}"#
            let uploaded = try await gateway.rest(.POST, "batches?id=mine", headers[0] + Self.jsonl, body: body)
            #expect(uploaded.status == 202, "\(uploaded.text)")
            let text = try await gateway.rest(.GET, "batches/mine/answers?follow=true", headers[0]).text
            // What it may not call does not exist for it.
            #expect(text.contains(#""kind":"unknownTool""#) && text.split(separator: "\n").count == 3, "\(text)")
            for (method, path) in [("GET", ""), ("GET", "/events"), ("GET", "/answers"), ("POST", "/cancel"), ("DELETE", "")] {
                let problem = try await gateway.problem(.init(rawValue: method), "batches/mine\(path)", headers[1])
                #expect(problem["kind"] == "unknownBatch", "\(method) \(path): \(problem)")
            }
            #expect(try await gateway.rest(.GET, "batches", headers[1]).json()["batches"] == [])
            #expect(try await gateway.rest(.GET, "batches", headers[2]).json()["batches"]?.arrayValue?.count == 1)
            // Who operates the space sees how far it is, not what was answered.
            #expect(try await gateway.rest(.GET, "batches/mine", headers[2]).status == 200)
            #expect(try await gateway.problem(.GET, "batches/mine/answers", headers[2])["status"] == 404)
            let taken = try await gateway.problem(.POST, "batches?id=mine", headers[1] + Self.jsonl, body: Self.lines(2))
            #expect(taken["status"] == 409, "\(taken)")
        }
    }
}

/// A body that breaks off.
private actor HalfBody {
    private var rest: ByteBuffer?

    init(_ body: ByteBuffer) { rest = body }

    func next() throws -> ByteBuffer? {
        guard let piece = rest else { throw PeerError("the client went away") }
        rest = nil
        return piece
    }
}
