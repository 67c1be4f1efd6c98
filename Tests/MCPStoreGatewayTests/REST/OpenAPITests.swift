import Foundation
import MCPStore
import MCPStoreRedis
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// The document against the gateway that serves it.
struct OpenAPITests {
    /// One call of an operation.
    private struct Step {
        let id: String
        let path: String
        var body: String?
        /// Of the body.
        var type: String?
        /// Another status than that of success, where success would take another machine.
        var otherwise: Int?

        init(_ id: String, _ path: String, _ body: String? = nil, type: String? = nil, otherwise: Int? = nil) {
            (self.id, self.path, self.body, self.type, self.otherwise) = (id, path, body, type, otherwise)
        }
    }

    @Test func `Each operation of the document is what the gateway does, and it does nothing else`() async throws {
        try await withRedisServer { redis in
            let options = RedisOptions(url: redis.url, dataspace: "default", socketTimeout: .seconds(30), fallback: false)
            try await withLiveGateway([], redis: options) { gateway in
                let document = try await gateway.send(.GET, "/api/v1/openapi.json").json()
                #expect(document["openapi"] == "3.1.0")
                let operations = try Self.operations(of: document)
                for path in ["/healthz", "/readyz", "/metrics"] {
                    #expect(document["paths"]?[path]?["get"]?["operationId"] != nil)
                    #expect(try await gateway.send(.GET, path).status == 200)
                }
                let letters = try await Self.letters(2, redis)
                let job = try await gateway.rest(.POST, "jobs", body: #"{"tool":"echo","arguments":{"text":"a"}}"#)
                let id = try #require(try job.json()["id"]?.stringValue)
                let replayed = try await gateway.rest(.POST, "dead/\(letters[0])/replay").json()
                let replay = try #require(replayed["job"]?.stringValue, "\(replayed)")
                let workers = try await gateway.rest(.GET, "workers").json().arrayValue
                let worker = try #require(workers?.first?["id"]?.stringValue)
                let more = try await Self.letters(1, redis)
                let entry = #"{"command":"/bin/cat","disabled":true}"#
                let steps = [
                    Step("listServices", "services"), Step("addServices", "services", #"{"mcpServers":{"extra":\#(entry)}}"#),
                    Step("showService", "services/extra"), Step("replaceService", "services/extra", entry),
                    Step("patchService", "services/extra", #"{"callTimeoutMs":5000}"#),
                    Step("waitForService", "services/tools/wait?timeout=90s"), Step("pauseService", "services/extra/pause"),
                    Step("resumeService", "services/extra/resume"), Step("drainService", "services/extra/drain?timeout=90s"),
                    Step("removeService", "services/extra"), Step("listTools", "tools"), Step("showTool", "tools/echo"),
                    Step("callTool", "tools/echo/call", #"{"text":"x"}"#), Step("showToolStats", "tools/echo/stats"),
                    // Nobody has looked at it.
                    Step("approveTool", "tools/echo/approve", #"{"hash":"none"}"#, otherwise: 409),
                    Step("submitJob", "jobs", #"{"tool":"echo","arguments":{"text":"b"}}"#),
                    Step("showJob", "jobs/\(id)?wait=60s"), Step("followJob", "jobs/\(id)/events"),
                    // This one asks for nothing.
                    Step("answerJob", "jobs/\(id)/input", #"{"inputResponses":{}}"#, otherwise: 409),
                    Step("cancelJob", "jobs/\(id)"), Step("listJobs", "jobs?limit=1"),
                    Step("uploadBatch", "batches?id=b1", #"{"tool":"echo","arguments":{"text":"b"}}"#, type: "application/jsonl"),
                    Step("listBatches", "batches"), Step("showBatch", "batches/b1"), Step("followBatch", "batches/b1/events"),
                    Step("downloadAnswers", "batches/b1/answers?follow=true"), Step("cancelBatch", "batches/b1/cancel"),
                    Step("retryBatch", "batches/b1/retry-failed"), Step("removeBatch", "batches/b1"),
                    Step("listDeadLetters", "dead"),
                    Step("showDeadLetter", "dead/\(letters[1])"), Step("replayDeadLetter", "dead/\(letters[1])/replay"),
                    Step("showReplay", "replays/\(replay)"), Step("purgeDeadLetter", "dead/\(more[0])"),
                    Step("purgeDeadLetters", "dead?all=true"), Step("showStatus", "status"), Step("showStats", "stats"),
                    Step("showSummary", "summary"), Step("showHistory", "history"), Step("showDemand", "demand"),
                    Step("listWorkers", "workers"),
                    Step("restartService", "services/tools/restart"),
                    // There is no other worker to which its services could go.
                    Step("drainWorker", "workers/\(worker)/drain?timeout=10ms", otherwise: 504),
                    Step("resumeWorker", "workers/\(worker)/resume"),
                ]
                #expect(Set(steps.map(\.id)) == Set(operations.keys))
                for step in steps {
                    let operation = try #require(operations[step.id])
                    let type = step.type.map { [("content-type", $0)] } ?? []
                    let answer = try await gateway.rest(.init(rawValue: operation.method), step.path, type, body: step.body)
                    let isExpected = answer.status == operation.status || answer.status == step.otherwise
                    #expect(isExpected, "\(step.id): \(answer.status) \(answer.text)")
                    if answer.status == operation.status { #expect(answer.type == operation.type, "\(step.id)") }
                    let path = step.path.prefix { $0 != "?" }.split(separator: "/")
                    let template = operation.path.split(separator: "/")
                    #expect(path.count == template.count && zip(path, template).allSatisfy { $0 == $1 || $1.hasPrefix("{") })
                }
            }
        }
    }

    /// Methods, paths within a space, and answers of the operations, by their ids.
    private static func operations(
        of document: JSONValue
    ) throws -> [String: (method: String, path: String, status: Int, type: String)] {
        var operations: [String: (method: String, path: String, status: Int, type: String)] = [:]
        for (path, item) in document["paths"]?.objectValue ?? [:] where path.hasPrefix("/api/") {
            for (method, operation) in item.objectValue ?? [:] {
                let id = try #require(operation["operationId"]?.stringValue)
                let success = try #require(operation["responses"]?.objectValue?.first { $0.key != "default" })
                let named = operation["parameters"]?.arrayValue?.filter { $0["in"] == "path" }.compactMap {
                    $0["name"]?.stringValue
                }
                let variables = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
                #expect(named == variables, "\(id)")
                #expect(operation["x-mcpstore-role"]?.stringValue != nil && operation["summary"]?.stringValue != nil)
                let own = try #require(path.firstRange(of: "/api/v1/{namespace}/{dataspace}/"))
                let type = success.value["content"]?.objectValue?.keys.first ?? ""
                let described = (method.uppercased(), String(path[own.upperBound...]), Int(success.key) ?? 0, type)
                #expect(operations.updateValue(described, forKey: id) == nil, "two operations are called \(id)")
            }
        }
        return operations
    }

    /// Calls of `echo` that were given up.
    private static func letters(_ count: Int, _ redis: RedisServer) async throws -> [String] {
        try await withRedisClient(try redis.configuration(socketTimeout: .seconds(30))) { client in
            try await client.waitUntilConnected(timeout: .seconds(60))
            var ids: [String] = []
            for number in 0..<count {
                let command = RedisCommand(
                    "XADD",
                    "default:default:dead",
                    "*",
                    "stream",
                    "default:default:jobs:tools",
                    "id",
                    "old\(number)",
                    "method",
                    "tools/call",
                    "name",
                    "echo",
                    "timeout",
                    "60000",
                    "attempt",
                    "3",
                    "reason",
                    #"{"message":"three workers died"}"#,
                    "params",
                    #"{"name":"echo","arguments":{"text":"again"}}"#
                )
                ids.append(try #require(try await client.execute(command).string))
            }
            return ids
        }
    }
}
