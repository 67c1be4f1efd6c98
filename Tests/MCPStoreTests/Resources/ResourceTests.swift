import Foundation
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@testable import MCPStore

/// Resources and prompts, as jobs that a worker of the test answers.
struct ResourceTests {
    private func setUp(_ fixture: StoreFixture) async throws {
        for name in ["a", "b"] { try await fixture.add(name, tools: []) }
        try await fixture.publishOffers("a", resources: ["x://1", "x://both"], templates: ["a://{id}"], prompts: ["p", "only"])
        try await fixture.publishOffers("b", resources: ["x://2", "x://both"], templates: ["b://{+id}"], prompts: ["p"])
    }

    @Test func `Resources, templates and prompts are listed as their servers list them`() async throws {
        try await withStore { fixture in
            try await setUp(fixture)
            let context = fixture.context
            let resources = try await context.listResources()
            #expect(resources.map { "\($0.service) \($0.uri)" } == ["a x://1", "a x://both", "b x://2", "b x://both"])
            #expect(resources[0].mimeType == "text/plain")
            #expect(resources[0].size == 3)
            #expect(try await context.listResources(service: "b").map(\.uri) == ["x://2", "x://both"])
            #expect(try await context.listResourceTemplates().map(\.uriTemplate) == ["a://{id}", "b://{+id}"])
            let prompts = try await context.listPrompts()
            #expect(prompts.map(\.qualifiedName) == ["a_p", "a_only", "b_p"])
            #expect(prompts[0].arguments.map(\.isRequired) == [true, false])
            #expect(await storeError { _ = try await context.listPrompts(service: "c") }?.code == .unknownService)
        }
    }

    @Test func `A resource is read from the one service that has it, and counted under the service`() async throws {
        try await withStore { fixture in
            try await setUp(fixture)
            let jobs = NIOLockedValueBox<[Job]>([])
            let worker = try await AnsweringWorker(fixture, services: ["a", "b"]) { _, job in
                jobs.withLockedValue { $0.append(job) }
                return .test(.ok, #"{"contents":[{"uri":"u","mimeType":"t/p","text":"hi"},{"uri":"v","blob":"AQI="}]}"#)
            }
            let context = fixture.context
            let contents = try await context.readResource("x://2")
            #expect(contents.text == "hi")
            #expect(contents.parts.map(\.uri) == ["u", "v"])
            #expect(contents.parts[1].blob == Data([1, 2]))
            #expect(contents.report.service == "b")
            #expect(String(decoding: contents.json, as: UTF8.self).hasPrefix(#"{"contents":"#))
            #expect(try await context.readResource("a://5").report.service == "a")
            #expect(try await context.readResource("b://5/6").report.service == "b")
            #expect(try await context.readResource("x://both", service: "a").report.service == "a")
            #expect(try await context.readResource("other://unlisted", service: "b").report.service == "b")
            let job = try #require(jobs.withLockedValue { $0.first })
            #expect(job.method == "resources/read")
            #expect(job.name == "x://2")
            #expect(String(buffer: job.parameters) == #"{"uri":"x://2"}"#)
            #expect(job.mayRunAgain)
            let key = SpaceKeys(fixture.space).serviceStats("b")
            let counted = try await fixture.client.execute(.init("HGET", key, "ok")).integer
            #expect(counted == 3)

            let ambiguous = await storeError { _ = try await context.readResource("x://both") }
            #expect(ambiguous?.code == .ambiguousResource)
            #expect(ambiguous?.suggestions == ["a", "b"])
            let unknown = await storeError { _ = try await context.readResource("x://3") }
            #expect(unknown?.code == .unknownResource)
            #expect(unknown?.suggestions.contains("x://1") == true)
            #expect(await storeError { _ = try await context.readResource("x://1", service: "c") }?.code == .unknownService)
            await worker.stop()
        }
    }

    @Test func `S6: a prompt is named like a tool: its own name, or with its service`() async throws {
        try await withStore { fixture in
            try await setUp(fixture)
            let jobs = NIOLockedValueBox<[Job]>([])
            let worker = try await AnsweringWorker(fixture, services: ["a", "b"]) { _, job in
                jobs.withLockedValue { $0.append(job) }
                if job.method == "completion/complete" { return .test(.ok, #"{"completion":{"values":["v1","v2"]}}"#) }
                return .test(.ok, #"{"description":"d","messages":[{"role":"user","content":{"type":"text","text":"hi"}}]}"#)
            }
            let context = fixture.context
            let result = try await context.getPrompt("only", ["a": "1"])
            #expect(result.messages.map(\.text) == ["hi"])
            #expect(result.promptDescription == "d")
            #expect(result.description == "user: hi")
            #expect(try await context.getPrompt("mcp_b_p").report.service == "b")
            #expect(try await context.getPrompt("p", service: "a").report.service == "a")
            #expect(try await context.complete(prompt: "only", argument: "a", value: "v") == ["v1", "v2"])
            let sent = jobs.withLockedValue { $0.map { "\($0.method) \($0.name) \(String(buffer: $0.parameters))" } }
            #expect(sent[0] == #"prompts/get only {"arguments":{"a":"1"},"name":"only"}"#)
            #expect(sent[1] == #"prompts/get p {"name":"p"}"#)
            #expect(
                sent[3]
                    == #"completion/complete only {"argument":{"name":"a","value":"v"},"ref":{"name":"only","type":"ref/prompt"}}"#
            )
            let ambiguous = await storeError { _ = try await context.getPrompt("p") }
            #expect(ambiguous?.code == .ambiguousPrompt)
            #expect(ambiguous?.suggestions == ["a_p", "b_p"])
            let unknown = await storeError { _ = try await context.getPrompt("onyl") }
            #expect(unknown?.code == .unknownPrompt)
            #expect(unknown?.suggestions == ["only"])
            await worker.stop()
        }
    }
}
