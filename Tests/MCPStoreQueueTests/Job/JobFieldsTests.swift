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
                job.logLevel = Bool.random(using: &random) ? "info" : ""
                job.waitLimit = Bool.random(using: &random) ? 0 : Int.random(in: 1...1 << 40, using: &random)
                job.runLimit = Bool.random(using: &random) ? 0 : Int.random(in: 1...1 << 40, using: &random)
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
            _ = try await fixture.execute("XADD", fixture.lane.key, "*", "id", "", "params", "{}")
            for entry in try #require(try await fixture.execute("XRANGE", fixture.lane.key, "-", "+").array) {
                #expect(JobFields.delivery(entry, lane: fixture.lane) == nil)
            }
        }
    }

    // MARK: What is left out

    /// The job as an entry holds it, and as it is read from there.
    private func roundTrip(_ fixture: Fixture, _ job: Job) async throws -> (fields: [String], job: Job) {
        var command = RedisCommand("XADD", fixture.lane.key, "*")
        JobFields.append(job, to: &command)
        let id = try #require(try await fixture.client.execute(command).string)
        let entry = try #require(try await fixture.execute("XRANGE", fixture.lane.key, id, id).array?.first)
        let fields = entry.array?[1].array?.map { $0.string ?? "" } ?? []
        return (fields, try #require(JobFields.delivery(entry, lane: fixture.lane)).job)
    }

    @Test func `what is usual is left out`() async throws {
        try await withFixture { fixture in
            for inbox in ["c", "c-1", "-", "é"] {
                let id = inbox + "-z1"
                let plain = Job(
                    id: id,
                    service: fixture.service,
                    name: "t",
                    parameters: ByteBuffer(string: "{}"),
                    inbox: inbox,
                    submitted: 7
                )
                let (fields, job) = try await roundTrip(fixture, plain)
                #expect(fields == ["id", id, "name", "t", "submitted", "7", "params", "{}"])
                #expect(job.inbox == inbox && job.method == "tools/call" && job.timeout == 60_000)
                #expect(job.attempt == 1 && job.deaths == 0 && job.since == nil)
                #expect(!job.mayRunAgain && !job.wantsProgress)
                #expect(job.trace.isEmpty && job.record.isEmpty && job.toolKey.isEmpty)
                #expect(String(reflecting: job.fields) == String(reflecting: plain.fields))
            }
        }
    }

    @Test func `whatever is unusual is there`() async throws {
        try await withFixture { fixture in
            let unusual = Job(
                id: "c-1",
                service: fixture.service,
                method: "resources/read",
                name: "",
                parameters: ByteBuffer(),
                inbox: "d",
                timeout: 0,
                submitted: 1,
                since: 0,
                attempt: 2,
                deaths: 1,
                mayRunAgain: true,
                wantsProgress: true,
                trace: "00-a-b-01",
                record: "r",
                toolKey: "svc_t"
            )
            let (fields, job) = try await roundTrip(fixture, unusual)
            #expect(
                fields == [
                    "id", "c-1", "method", "resources/read", "name", "", "inbox", "d", "timeout", "0", "submitted", "1", "since",
                    "0", "attempt", "2", "deaths", "1", "again", "1", "progress", "1", "trace", "00-a-b-01", "record", "r", "key",
                    "svc_t", "params", "",
                ]
            )
            #expect(String(reflecting: job.fields) == String(reflecting: unusual.fields))
            #expect(job.inbox == "d" && job.method == "resources/read" && job.timeout == 0 && job.since == 0)
            #expect(job.attempt == 2 && job.deaths == 1 && job.mayRunAgain && job.wantsProgress)
            #expect(job.trace == "00-a-b-01" && job.record == "r" && job.toolKey == "svc_t")
        }
    }

    @Test(arguments: [
        ("c-1", ""), ("c", ""), ("x-1", "c"), ("c-1-2", "c"), ("cc-1", "c"), ("c1", "c"), ("c", "c"), ("c", "c-1"), ("-1", "c"),
    ])
    func `an inbox that the id does not name is carried, and none stays none`(id: String, inbox: String) async throws {
        try await withFixture { fixture in
            let parameters = ByteBuffer(string: "{}")
            let job = Job(id: id, service: fixture.service, name: "t", parameters: parameters, inbox: inbox, submitted: 7)
            let (fields, read) = try await roundTrip(fixture, job)
            #expect(fields == ["id", id, "name", "t", "inbox", inbox, "submitted", "7", "params", "{}"])
            #expect(read.inbox == inbox)
        }
    }
}
