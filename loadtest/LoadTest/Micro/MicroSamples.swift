import MCPStoreQueue
import MCPStoreRedis
import NIOCore

/// What the pieces work on: as it is on the way of a usual call of 200 bytes.
enum MicroSamples {
    /// Jobs of a batch.
    static let batch = 64
    /// Microseconds by Redis' clock.
    static let now = 1_800_000_000_000_000
    static let caller = "c-1f3k9q0zr2"
    static let service = "noop"

    static func space(_ name: String = "micro") throws -> Space { try Space(namespace: name, dataspace: "default") }

    static func job(_ number: Int = 1, in space: Space? = nil) throws -> Job {
        Job(
            id: "\(caller)-\(number)",
            service: ServiceID(space: try space ?? Self.space(), name: service),
            name: "echo",
            parameters: params(200),
            inbox: caller,
            submitted: now
        )
    }

    /// That of a worker which took some time, another one for each number, so that a batch counts in several buckets.
    static func outcome(of job: Job, number: Int) -> Outcome {
        let (waited, ran) = (200 + number * 37, 90 + number * 11)
        return Outcome(
            kind: .ok,
            payload: ByteBuffer(string: result(160)),
            worker: "w-7c2m5t8ab1",
            waited: waited,
            ran: ran,
            finished: job.submitted + waited + ran
        )
    }

    static func settlements() throws -> (all: [Settlement], space: Space) {
        let space = try Self.space()
        let all = try (0..<batch).map { number in
            let job = try Self.job(number, in: space)
            let entry = EntryID("1800000000000-\(number)", in: job.laneID)
            return Settlement(Delivery(job: job, entry: entry), .end(outcome(of: job, number: number)))
        }
        return (all, space)
    }

    // MARK: JSON

    /// Text as tools answer it: JSON in JSON, some of it beyond ASCII.
    private static func text(_ count: Int) -> String {
        let piece = #"{\"city\":\"Zürich\",\"degrees\":21.5,\"note\":\"sunny, light wind\"}\n"#
        var text = ""
        while text.utf8.count + piece.utf8.count <= count { text += piece }
        return text + String(repeating: "x", count: max(count - text.utf8.count, 0))
    }

    /// The `params` of a `tools/call` in so many bytes.
    static func params(_ count: Int) -> ByteBuffer {
        let (head, tail) = (#"{"name":"echo","arguments":{"text":""#, #""}}"#)
        return ByteBuffer(string: head + text(count - head.utf8.count - tail.utf8.count) + tail)
    }

    /// An answer of so many bytes, and how many of them are its result.
    static func answer(_ count: Int) -> (bytes: ByteBuffer, result: Int) {
        let (head, tail) = (#"{"jsonrpc":"2.0","id":4711,"result":"#, "}")
        let result = result(count - head.utf8.count - tail.utf8.count)
        return (ByteBuffer(string: head + result + tail), result.utf8.count)
    }

    private static func result(_ count: Int) -> String {
        let (head, tail) = (#"{"content":[{"type":"text","text":""#, #""}],"isError":false}"#)
        return head + text(count - head.utf8.count - tail.utf8.count) + tail
    }

    // MARK: RESP

    /// The reply of an `XREADGROUP` of one stream.
    static func reply(entries: Int, _ job: Job) -> ByteBuffer {
        var fields = ByteBuffer()
        let arguments = JobFields.arguments(job)
        fields.writeString("*\(arguments.count)\r\n")
        for argument in arguments {
            switch argument {
            case .string(let text): write(ByteBuffer(string: text), to: &fields)
            case .int(let number): write(ByteBuffer(string: "\(number)"), to: &fields)
            case .bytes(let bytes): write(bytes, to: &fields)
            }
        }
        var buffer = ByteBuffer(string: "*1\r\n*2\r\n")
        write(ByteBuffer(string: job.laneID.key), to: &buffer)
        buffer.writeString("*\(entries)\r\n")
        for number in 0..<entries {
            buffer.writeString("*2\r\n")
            write(ByteBuffer(string: "1800000000000-\(number)"), to: &buffer)
            buffer.writeImmutableBuffer(fields)
        }
        return buffer
    }

    /// The fields of an entry of an inbox, with the outcomes of a batch.
    static func inboxFields(_ outcome: Outcome) -> ByteBuffer {
        var buffer = ByteBuffer(string: "*\(2 + 2 * batch)\r\n")
        write(ByteBuffer(string: "worker"), to: &buffer)
        write(ByteBuffer(string: outcome.worker), to: &buffer)
        for number in 0..<batch {
            write(ByteBuffer(string: "\(caller)-\(number)"), to: &buffer)
            var value = ByteBuffer(string: "\(outcome.kind) \(outcome.waited ?? 0) \(outcome.ran ?? 0) ")
            value.writeImmutableBuffer(outcome.payload)
            write(value, to: &buffer)
        }
        return buffer
    }

    static func string(_ count: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        write(ByteBuffer(repeating: UInt8(ascii: "x"), count: count), to: &buffer)
        return buffer
    }

    /// - Throws: ``LoadTestError`` where the bytes are no reply.
    static func decoded(_ bytes: ByteBuffer) throws -> RESPReply {
        var parser = RESPParser()
        var reply: RESPReply?
        try parser.parse(bytes) { reply = $0 }
        guard let reply else { throw LoadTestError("a sample is no whole reply of Redis") }
        return reply
    }

    private static func write(_ bytes: ByteBuffer, to buffer: inout ByteBuffer) {
        buffer.writeString("$\(bytes.readableBytes)\r\n")
        buffer.writeImmutableBuffer(bytes)
        buffer.writeString("\r\n")
    }
}
