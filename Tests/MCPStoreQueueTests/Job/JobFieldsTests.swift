import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct JobFieldsTests {
    @Test func `a job is read back as it was written, whatever it holds, and unknown fields are ignored`() async throws {
        try await withFixture { fixture in
            var random = SeededGenerator(seed: 5)
            for number in 0..<50 {
                let text = { (random: inout SeededGenerator) -> String in
                    String(
                        (0..<Int.random(in: 0...9, using: &random)).map { _ in
                            "aé\n\"\\0 :{}".randomElement(using: &random) ?? "x"
                        }
                    )
                }
                var job = Job(
                    id: "j\(number)" + text(&random),
                    service: fixture.service,
                    method: "tools/call",
                    name: text(&random),
                    parameters: ByteBuffer(
                        bytes: (0..<Int.random(in: 0...99, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                    )
                )
                job.inbox = text(&random)
                job.timeout = Int.random(in: 0...1 << 40, using: &random)
                job.submitted = Int.random(in: 0...1 << 50, using: &random)
                job.since = Bool.random(using: &random) ? Int.random(in: 0...1 << 50, using: &random) : nil
                job.attempt = Int.random(in: 1...9, using: &random)
                job.deaths = Int.random(in: 0...9, using: &random)
                job.mayRunAgain = Bool.random(using: &random)
                job.wantsProgress = Bool.random(using: &random)
                job.trace = text(&random)
                job.record = text(&random)
                job.toolKey = text(&random)
                var command = RedisCommand("XADD", fixture.lane.key, "*", "newer", "field")
                JobFields.append(job, to: &command)
                command.append("another")
                command.append("")
                let id = try #require(try await fixture.client.execute(command).string)
                let reply = try await fixture.execute("XRANGE", fixture.lane.key, id, id)
                let delivery = try #require(reply.array?.first.flatMap { JobFields.delivery($0, lane: fixture.lane) })
                #expect(delivery.entry == EntryID(id, in: fixture.lane))
                #expect(String(reflecting: delivery.job.fields) == String(reflecting: job.fields))
                #expect(delivery.deadline == ((job.since ?? delivery.entry.milliseconds) + job.timeout) * 1000)
            }
        }
    }

    @Test func `what a script adds and what a command adds is the same`() async throws {
        try await withFixture { fixture in
            let job = Job(id: "j", service: fixture.service, name: "t", parameters: ByteBuffer(string: "{}"), inbox: "c")
            _ = try await fixture.add(job)
            var command = RedisCommand("XADD", fixture.lane.key, "NOMKSTREAM", "*")
            JobFields.append(job, to: &command)
            _ = try await fixture.client.execute(command)
            let entries = try await fixture.execute("XRANGE", fixture.lane.key, "-", "+").array.map(Array.init) ?? []
            let fields = entries.map { $0.array?[1].array?.map(\.string) }
            #expect(fields.count == 2 && fields[0] == fields[1])
        }
    }

    @Test func `an entry that is no job is not taken for one`() async throws {
        try await withFixture { fixture in
            _ = try await fixture.execute("XADD", fixture.lane.key, "*", "a", "b")
            _ = try await fixture.execute("XADD", fixture.lane.key, "*", "id", "x")
            for entry in try #require(try await fixture.execute("XRANGE", fixture.lane.key, "-", "+").array) {
                #expect(JobFields.delivery(entry, lane: fixture.lane) == nil)
            }
        }
    }
}
