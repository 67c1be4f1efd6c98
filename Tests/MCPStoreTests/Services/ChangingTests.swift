import Foundation
import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@testable import MCPStore

/// Updating, patching and removing all services.
struct ChangingTests {
    private func stored(_ context: StoreContext, _ name: String = "s") async throws -> JSONValue {
        try JSONValue(parsing: try await context.serviceInfo(name).configuration)
    }

    @Test func `A service is replaced as a whole`() async throws {
        try await withStore { fixture in
            let context = fixture.context
            try await context.addService(["name": "s", "command": "x", "env": ["A": "1"]])
            #expect(try await context.updateService("s", ["url": "https://h/mcp"]).isChanged)
            #expect(try await stored(context) == ["placement": "cluster", "url": "https://h/mcp"])
            #expect(try await context.serviceInfo("s").version == 2)
            #expect(try await context.updateService("s", ["mcpServers": ["s": ["url": "https://h/mcp"]]]).isChanged == false)
            #expect(try await context.serviceInfo("s").version == 2)

            let unknown = await storeError { try await context.updateService("t", ["command": "x"]) }
            #expect(unknown?.code == .unknownService)
            let wrong = await storeError { try await context.updateService("s", ["url": "nope"]) }
            #expect(wrong?.code == .invalidServices)
            #expect(wrong?.message.hasPrefix("nothing was changed: s: 'url' is not a web address") == true)
            let other = await storeError { try await context.updateService("s", ["mcpServers": ["t": ["command": "x"]]]) }
            #expect(other?.message.contains("nothing else") == true)
        }
    }

    @Test func `A patch changes what it names, removes with null, and is checked as a whole`() async throws {
        try await withStore { fixture in
            let context = fixture.context
            try await context.addService(["name": "s", "command": "x", "env": ["A": "1", "B": "2"], "callTimeoutMs": 5])
            let patch: JSONValue = ["env": ["A": nil, "C": "3"], "callTimeoutMs": nil, "args": ["z"]]
            #expect(try await context.patchService("s", patch).isChanged)
            let expected: JSONValue = ["args": ["z"], "command": "x", "env": ["B": "2", "C": "3"], "placement": "cluster"]
            #expect(try await stored(context) == expected)
            #expect(try await context.patchService("s", ["args": ["z"]]).isChanged == false)
            for wrong in [["url": "https://h/mcp"], ["command": nil], ["replicas": 0]] as [JSONValue] {
                #expect(await storeError { try await context.patchService("s", wrong) }?.code == .invalidServices)
            }
            #expect(await storeError { try await context.patchService("s", ["x"]) }?.code == .invalidServices)
            #expect(try await stored(context) == expected)
            #expect(try await context.patchService("s", ["env": ["TOKEN": "t"]]).warnings.count == 1)
        }
    }

    @Test func `S16: patches of different fields at once all survive`() async throws {
        try await withStore { fixture in
            let context = fixture.context
            try await context.addService(["name": "s", "command": "x"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask { try await context.patchService("s", ["env": .object(["V\(number)": "1"])]) }
                }
                try await group.waitForAll()
            }
            #expect(try await stored(context)["env"]?.objectValue?.count == 20)
            #expect(try await context.serviceInfo("s").version == 21)
        }
    }

    @Test func `S16: who has read a service does not overwrite another one that took its place`() async throws {
        try await withStore { fixture in
            let context = fixture.context
            try await context.addService(["name": "s", "command": "x"])
            let read = try await context.serviceInfo("s").version
            try await context.removeService("s")
            try await context.addService(["name": "s", "command": "y"])
            #expect(try await context.serviceInfo("s").version > read)
            let error = await #expect(throws: QueueError.self) {
                try await fixture.registry.put([("s", JSONValue.object(["command": "z"]).buffer, read)], by: "test")
            }
            #expect(error?.code == .conflict)
            let stale = await #expect(throws: QueueError.self) { try await fixture.registry.remove("s", expected: read) }
            #expect(stale?.code == .conflict)
            #expect(try await context.serviceInfo("s").target == "y")
        }
    }

    @Test func `S16: stores that add, patch and remove the same services at once lose no update`() async throws {
        try await withStore { fixture in
            let stores = try await withThrowingTaskGroup(of: MCPStore.self) { group in
                for _ in 0..<4 { group.addTask { try await MCPStore.setup(redis: fixture.options, logger: .silent) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let names = (0..<10).map { "s\($0)" }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, store) in stores.enumerated() {
                    let context = store.forStore()
                    group.addTask {
                        for name in names + names.reversed() {
                            _ = await storeError { try await context.addService(["name": .string(name), "command": "x"]) }
                            _ = await storeError { try await context.patchService(name, ["env": .object(["P\(number)": "1"])]) }
                            if number == 0 { _ = await storeError { try await context.removeService(name) } }
                        }
                        // Now it is there to stay: from here on nobody removes.
                        for name in names {
                            _ = await storeError { try await context.addService(["name": .string(name), "command": "x"]) }
                        }
                    }
                }
                try await group.waitForAll()
                for (number, store) in stores.enumerated() {
                    let context = store.forStore()
                    for name in names {
                        group.addTask { try await context.patchService(name, ["env": .object(["L\(number)": "1"])]) }
                    }
                }
                try await group.waitForAll()
            }
            for store in stores {
                let services = try await store.forStore().listServices()
                #expect(services.map(\.name) == names)
                for service in services {
                    let variables = try JSONValue(parsing: service.configuration)["env"]?.objectValue?.keys.filter {
                        $0.hasPrefix("L")
                    }
                    #expect(variables?.sorted() == ["L0", "L1", "L2", "L3"])
                }
                await store.close()
            }
        }
    }

    @Test func `Reset removes the services of its context and no others`() async throws {
        try await withStore { fixture in
            try await fixture.context.addService(["a": ["command": "x"], "b": ["command": "y"]])
            let agent = try fixture.store.forAgent("alice")
            try await agent.addService(["name": "a", "command": "x"])
            #expect(try await fixture.context.resetConfig() == ["a", "b"])
            #expect(try await fixture.context.listServices().isEmpty)
            #expect(try await agent.listServices().map(\.name) == ["a"])
            #expect(try await fixture.context.resetConfig().isEmpty)
        }
    }

    @Test(arguments: [
        // The examples of RFC 7396, appendix A.
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"), (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"a":1,"e":null}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func `A merge patch is applied as RFC 7396 says`(original: String, patch: String, result: String) throws {
        let merged = try JSONValue(parsing: Data(original.utf8)).merging(try JSONValue(parsing: Data(patch.utf8)))
        #expect(merged.description == result)
    }
}
