import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `A program that is its own guardian` {
    @Test func `I12: SIGKILL of a program without a guardian beside it leaves no server and no grandchild`() async throws {
        try await withBareRedis { redis in
            let directory = try TemporaryDirectory("guardian")
            let program = "\(directory.path)/application"
            try await copyProgram("loadtest", to: program)
            let store = try await StoreProcess.start(redis, program: program, environment: ["PATH": "/usr/bin:/bin"])
            try await store.addTools("stubborn", ["--spawn-grandchild", "--ignore-term"])
            try await store.addTools("plain")
            let below = try await eventually("two servers, their guardians, a grandchild", within: .seconds(10)) {
                let below = try ProcessTable.descendants(of: store.process.processIdentifier)
                return below.count >= 5 && below.map(ProcessTable.command).contains("sleep 600") ? below : nil
            }
            let guardians = below.filter { ProcessTable.command(of: $0).hasPrefix("mcpstore-guardian ") }
            #expect(guardians.count == 2)
            for guardian in guardians {
                #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(guardian)/exe") == program)
            }
            try await store.kill()
            try await ProcessTable.waitUntilGone(below, within: .seconds(5))
            directory.remove()
        }
    }

    @Test func `Closing the store ends its servers`() async throws {
        try await withBareRedis { redis in
            let store = try await StoreProcess.start(redis)
            try await store.addTools("tools")
            let below = try ProcessTable.descendants(of: store.process.processIdentifier)
            #expect(below.count >= 2)
            #expect(try await store.close() == .exited(0))
            try await ProcessTable.waitUntilGone(below, within: .seconds(5))
        }
    }
}
