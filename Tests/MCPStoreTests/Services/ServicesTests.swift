import Foundation
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@testable import MCPStore

struct ServicesTests {
    private func error(_ body: () async throws -> Void) async -> MCPStoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? MCPStoreError
        }
    }

    private func events(_ fixture: StoreFixture) async throws -> [String] {
        try await fixture.client.execute(RedisCommand("XRANGE", fixture.pool.events, "-", "+")).array?.compactMap { entry in
            entry.array?[1].array?.compactMap(\.string).joined(separator: " ")
        } ?? []
    }

    @Test func `S3: services that are added are stored, listed and told to the pool`() async throws {
        try await withStore { fixture in
            let added = try await fixture.context.addService([
                "mcpServers": ["weather": ["url": "https://h/mcp"], "time": ["command": "uvx", "args": ["mcp-server-time"]]]
            ])
            #expect(added.added == ["time", "weather"])
            let services = try await fixture.context.listServices()
            #expect(services.map(\.name) == ["time", "weather"])
            #expect(services.map(\.target) == ["uvx mcp-server-time", "https://h/mcp"])
            #expect(services.allSatisfy { $0.status == "disconnected" && !$0.isReady && $0.version == 1 })
            let stored = try await fixture.client.execute(RedisCommand("GET", "\(fixture.space):services:time:config")).string
            #expect(stored?.hasSuffix(#""config":{"args":["mcp-server-time"],"command":"uvx","placement":"cluster"}}"#) == true)
            let spaces = try await fixture.client.execute(RedisCommand("SMEMBERS", fixture.pool.spaces)).array?.compactMap(
                \.string
            )
            #expect(spaces == [fixture.space.description])
            #expect(try await events(fixture).count == 2)
        }
    }

    @Test func `S20: one wrong service and none is added`() async throws {
        try await withStore { fixture in
            let error = await error {
                try await fixture.context.addService([
                    "mcpServers": ["good": ["command": "x"], "bad": ["url": "nope"], "worse": [:]]
                ])
            }
            #expect(error?.code == .invalidServices)
            #expect(error?.problems.map(\.service) == ["bad", "worse"])
            let services = try await fixture.context.listServices()
            #expect(services.isEmpty)
        }
    }

    @Test func `Adding the same again changes nothing, adding another needs replacing`() async throws {
        try await withStore { fixture in
            try await fixture.context.addService(["name": "s", "command": "x"])
            #expect(try await fixture.context.addService(["name": "s", "command": "x"]).unchanged == ["s"])
            let conflict = await error { try await fixture.context.addService(["s": ["command": "y"], "t": ["command": "z"]]) }
            #expect(conflict?.code == .conflict)
            #expect(try await fixture.context.listServices().map(\.name) == ["s"])
            let replaced = try await fixture.context.addService(["s": ["command": "y"], "t": ["command": "z"]], replacing: true)
            #expect(replaced.replaced == ["s"])
            #expect(replaced.added == ["t"])
            #expect(try await fixture.context.serviceInfo("s").version == 2)
            #expect(try await fixture.context.serviceInfo("t").target == "z")
        }
    }

    @Test func `S16: stores that add at once end in one configuration and no lost update`() async throws {
        try await withStore { fixture in
            let context = fixture.context
            let wins = await withTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        do {
                            let added = try await context.addService(["name": "s", "command": "c\(number)"])
                            return added.added.count
                        } catch {
                            return 0
                        }
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(wins == 1)
            let service = try await context.serviceInfo("s")
            #expect(service.version == 1)
        }
    }

    @Test func `A removed service is gone, and what was queued of it ends as unavailable`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"])
            let context = fixture.context
            try await fixture.follower.reload()
            let call = Task { try await context.useTool("get", timeout: .seconds(30)) }
            // The call lies in its lane.
            let lane = SpaceKeys(fixture.space).jobs("s", .interactive)
            let seen = try await fixture.client.execute(
                RedisCommand("XREAD", "BLOCK", "10000", "STREAMS", lane, "0"),
                timeout: .seconds(20)
            )
            #expect(seen.array?.count == 1)
            try await context.removeService("s")
            let error = await error { _ = try await call.value }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("was removed") == true)
            #expect(try await context.listServices().isEmpty)
            let unknown = await self.error { try await context.removeService("s") }
            #expect(unknown?.code == .unknownService)
        }
    }

    @Test func `An unknown service is an error with a suggestion`() async throws {
        try await withStore { fixture in
            try await fixture.add("weather", tools: [])
            let error = await error { _ = try await fixture.context.serviceInfo("wether") }
            #expect(error?.code == .unknownService)
            #expect(error?.message == "there is no service 'wether' in \(fixture.space); did you mean weather?")
        }
    }

    @Test func `Restarting is said in the changes of the space, which its workers follow`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: [], status: nil)
            let idle = await error { try await fixture.context.restartService("s") }
            #expect(idle?.code == .notReady)
            for worker in ["w-1", "w-2"] { try await fixture.set(.healthy, of: "s", worker: worker) }
            #expect(try await fixture.context.restartService("s") == 2)
            let changes = "\(fixture.space):changes"
            let entries = try await fixture.client.execute(RedisCommand("XREVRANGE", changes, "+", "-", "COUNT", "1"))
            let last = entries.array?.first?.array?[1].array?.compactMap(\.string)
            #expect(last == ["change", "restart", "service", "s"])
        }
    }

    @Test func `S3: waiting ends when the service is ready and shows how it comes to that`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["a"], status: nil)
            let (progress, shown) = AsyncStream.makeStream(of: ServiceInfo.self)
            let context = fixture.context
            let wait = Task { try await context.waitService("s", timeout: .seconds(30)) { shown.yield($0) } }
            var iterator = progress.makeAsyncIterator()
            #expect(await iterator.next()?.status == "disconnected")
            try await fixture.set(.initializing, of: "s", reason: "starting npx", stderr: ["fetching"])
            let starting = await iterator.next()
            #expect(starting?.reason == "starting npx")
            #expect(starting?.standardError == ["fetching"])
            // Without an event: only the text has changed.
            try await fixture.set(.initializing, of: "s", reason: "still starting", stderr: ["fetching", "more"])
            #expect(await iterator.next()?.standardError == ["fetching", "more"])
            try await fixture.set(.healthy, of: "s")
            let service = try await wait.value
            #expect(service.isReady)
            #expect(service.toolCount == 1)
        }
    }

    @Test func `S3: waiting in vain says why not yet`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: [], status: nil)
            try await fixture.set(.unreachable, of: "s", reason: "the program 'nope' was not found", stderr: ["sh: nope"])
            let error = await error { try await fixture.context.waitService("s", timeout: .milliseconds(200)) }
            #expect(error?.code == .notReady)
            #expect(
                error?.message
                    == "the service 's' is not ready after 200 ms: unreachable: the program 'nope' was not found; its server last wrote: sh: nope"
            )
            let nobody = await self.error { try await fixture.context.waitService("other", timeout: .seconds(30)) }
            #expect(nobody?.code == .unknownService)
        }
    }

    @Test func `Waiting can be cancelled, and ends when the store is closed`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: [], status: nil)
            let context = fixture.context
            for ends in [true, false] {
                let (progress, shown) = AsyncStream.makeStream(of: ServiceInfo.self)
                let wait = Task { try await context.waitService("s", timeout: .seconds(60)) { shown.yield($0) } }
                for await _ in progress { break }
                if ends { wait.cancel() } else { await context.store.close() }
                let error = await error { _ = try await wait.value }
                #expect(error?.code == (ends ? .cancelled : .closed))
            }
        }
    }

    @Test func `The status shows lanes, workers and services`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"])
            let worker = try await AnsweringWorker(fixture, services: []) { _, _ in nil }
            let context = fixture.context
            try await fixture.follower.reload()
            let call = Task { try await context.useTool("get", timeout: .seconds(60)) }
            let lane = SpaceKeys(fixture.space).jobs("s", .interactive)
            _ = try await fixture.client.execute(
                RedisCommand("XREAD", "BLOCK", "10000", "STREAMS", lane, "0"),
                timeout: .seconds(20)
            )
            let status = try await context.status()
            #expect(status.space == fixture.space.description)
            #expect(status.workers.count == 1)
            #expect(status.workers.first?.process == Int(ProcessInfo.processInfo.processIdentifier))
            #expect(status.coordinator == nil)
            #expect(status.lanes.map { "\($0.service) \($0.lane) \($0.queued) \($0.running)" } == ["s interactive 1 0"])
            #expect(status.lanes.first?.oldestWait != nil)
            call.cancel()
            _ = await error { _ = try await call.value }
            await worker.stop()
        }
    }
}
