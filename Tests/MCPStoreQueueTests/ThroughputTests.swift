import Foundation
import Glibc
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

/// A first look at the cost of the path, not a measurement: caller, worker and Redis share the machine.
///
///     MCPSTORE_SMOKE=1 swift test --filter Throughput
@Suite(.enabled(if: ProcessInfo.processInfo.environment["MCPSTORE_SMOKE"] != nil), .serialized) struct ThroughputTests {
    private func cpu(_ fixture: Fixture) async throws -> Double {
        let info = try await fixture.execute("INFO", "cpu").string ?? ""
        return info.split(separator: "\r\n").reduce(0) { sum, line in
            line.hasPrefix("used_cpu_sys:") || line.hasPrefix("used_cpu_user:")
                ? sum + (Double(line.split(separator: ":")[1]) ?? 0) : sum
        }
    }

    private func commands(_ fixture: Fixture) async throws -> Int {
        let info = try await fixture.execute("INFO", "stats").string ?? ""
        let line = info.split(separator: "\r\n").first { $0.hasPrefix("total_commands_processed:") }
        return line.flatMap { Int($0.split(separator: ":")[1]) } ?? 0
    }

    @Test(arguments: [1, 64, 512])
    func `jobs a second in memory`(inFlight: Int) async throws {
        try await withPlatform(.memory) { space in
            let caller = try await space.caller()
            let worker = try await space.worker(slots: 128)
            let total = 50_000
            let start = ContinuousClock.now
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<inFlight {
                    group.addTask {
                        for _ in 0..<(total / inFlight) {
                            #expect(await caller.call(caller.job(space.service, "echo", #"{"text":"0123456789"}"#)).kind == .ok)
                        }
                    }
                }
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            #expect(try await space.stats()?.outcomes == [.ok: total / inFlight * inFlight])
            print("memory, \(inFlight) in flight: \(Int(Double(total) / seconds)) jobs/s, \(worker.events.all.count) events")
        }
    }

    @Test(arguments: [1, 64, 512])
    func `jobs a second`(inFlight: Int) async throws {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let worker = try await TestWorker(fixture.configuration, fixture.options(slots: 128), services: [fixture.service])
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                let total = inFlight == 1 ? 5_000 : 60_000
                let (sent, ended) = (NIOLockedValueBox(0), Events<Bool>())
                let done = NIOLockedValueBox(0)
                @Sendable func next() {
                    let number = sent.withLockedValue { sent in
                        sent += 1
                        return sent
                    }
                    guard number <= total else { return }
                    caller.queue.send(caller.job(fixture.service, "echo", #"{"text":"0123456789"}"#)) { result in
                        let count = done.withLockedValue { done in
                            done += 1
                            return done
                        }
                        if result.kind != .ok || count == total { ended.add(result.kind == .ok) }
                        next()
                    }
                }
                let (cpuBefore, commandsBefore, start) = (
                    try await cpu(fixture), try await commands(fixture), ContinuousClock.now
                )
                for _ in 0..<inFlight { next() }
                #expect(await ended.wait(seconds: 120) { !$0.isEmpty })
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let used = try await cpu(fixture) - cpuBefore
                let sentCommands = try await commands(fixture) - commandsBefore
                #expect(ended.all == [true])
                #expect(try await fixture.stats()?.outcomes == [.ok: total])
                print(
                    "\(inFlight) in flight: \(Int(Double(total) / seconds)) jobs/s, Redis CPU \(used / Double(total) * 1e6) us a job,",
                    "\(Double(sentCommands) / Double(total)) commands a job (inside scripts included), \(worker.events.all.count) events"
                )
                await caller.close()
                await worker.stop()
            }
        }
    }
}
