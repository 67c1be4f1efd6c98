import MCPStoreProtocol
import MCPStoreQueue
import MCPStoreRedis
import NIOCore

/// The pieces that this program does, with what they work on.
enum MicroWorks {
    static func make(_ piece: MicroPiece) throws -> any MicroWork {
        let job = try MicroSamples.job()
        switch piece {
        case .respEntries:
            let bytes = MicroSamples.reply(entries: MicroSamples.batch, job)
            return RESPWork(bytes) { $0.array?.first?.array?[1].array?.count }
        case .respBulk: return RESPWork(MicroSamples.string(256 << 10)) { $0.bytes?.readableBytes }
        case .result200: return ResultWork(MicroSamples.answer(200))
        case .result64k: return ResultWork(MicroSamples.answer(64 << 10))
        case .params200: return RequestWork(MicroSamples.params(200))
        case .params64k: return RequestWork(MicroSamples.params(64 << 10))
        case .jobEncode: return JobEncodeWork(job)
        case .jobDecode: return try JobDecodeWork(job)
        case .outcomeEncode: return OutcomeEncodeWork(MicroSamples.outcome(of: job, number: 1))
        case .outcomeDecode: return try OutcomeDecodeWork(MicroSamples.outcome(of: job, number: 1))
        case .finishCall: return FinishCallWork(try MicroSamples.settlements())
        case .redisSubmit1, .redisSubmit64, .redisSubmitScript, .redisFinish1, .redisFinish64:
            throw LoadTestError("Redis does '\(piece.rawValue)', not this program")
        }
    }
}

/// Replies are decoded as they come from a socket.
private final class RESPWork: MicroWork {
    private var parser = RESPParser()
    private let bytes: ByteBuffer
    private let look: (RESPReply) -> Int?
    private(set) var expected = 0

    init(_ bytes: ByteBuffer, _ look: @escaping (RESPReply) -> Int?) {
        self.bytes = bytes
        self.look = look
        expected = (try? run(1)) ?? -1
    }

    func run(_ rounds: Int) throws -> Int {
        var sum = 0
        for _ in 0..<rounds { try parser.parse(bytes) { sum += look($0) ?? 0 } }
        return sum
    }
}

/// An answer of an MCP server is taken apart.
private final class ResultWork: MicroWork {
    private let message: ByteBuffer
    let expected: Int

    init(_ message: (bytes: ByteBuffer, result: Int)) {
        self.message = message.bytes
        expected = message.result
    }

    func run(_ rounds: Int) throws -> Int {
        var sum = 0
        for _ in 0..<rounds {
            guard case .result(_, let result, false, .complete)? = try IncomingMessage.parse(message, maximumDepth: 128) else {
                continue
            }
            sum += result.readableBytes
        }
        return sum
    }
}

/// A request to an MCP server is written, with `_meta` in its parameters.
private final class RequestWork: MicroWork {
    private let request: MCPRequest
    private let encoder: MessageEncoder
    private var buffer = ByteBuffer()
    private(set) var expected = 0

    init(_ params: ByteBuffer) {
        request = MCPRequest(method: Job.usualMethod, params: params, name: "echo")
        var encoder = MessageEncoder(clientInfo: ClientInfo(name: "loadtest", version: "1"), maximumDepth: 128)
        encoder.use(.v20260728)
        self.encoder = encoder
        expected = (try? run(1)) ?? -1
    }

    func run(_ rounds: Int) throws -> Int {
        var sum = 0
        for _ in 0..<rounds {
            buffer.clear()
            try encoder.write(request, id: 4711, into: &buffer)
            sum += buffer.readableBytes
        }
        return sum
    }
}

private final class JobEncodeWork: MicroWork {
    private let job: Job
    let expected: Int

    init(_ job: Job) {
        self.job = job
        expected = RedisJobQueue.submission(of: job).encodedSize
    }

    func run(_ rounds: Int) -> Int {
        var sum = 0
        for _ in 0..<rounds { sum += RedisJobQueue.submission(of: job).encodedSize }
        return sum
    }
}

private final class JobDecodeWork: MicroWork {
    private let lane: LaneID
    private let reply: RESPReply
    let expected: Int

    init(_ job: Job) throws {
        lane = job.laneID
        reply = try MicroSamples.decoded(MicroSamples.reply(entries: MicroSamples.batch, job))
        expected = MicroSamples.batch * job.parameters.readableBytes
    }

    func run(_ rounds: Int) -> Int {
        var sum = 0
        for _ in 0..<rounds {
            guard let entries = reply.array?.first?.array?[1].array else { continue }
            for entry in entries { sum += JobFields.delivery(entry, lane: lane)?.job.parameters.readableBytes ?? 0 }
        }
        return sum
    }
}

private final class OutcomeEncodeWork: MicroWork {
    private let outcome: Outcome
    private(set) var expected = 0

    init(_ outcome: Outcome) {
        self.outcome = outcome
        expected = run(1)
    }

    func run(_ rounds: Int) -> Int {
        var sum = 0
        for _ in 0..<rounds {
            var command = RedisCommand("EVALSHA", argumentCapacity: MicroSamples.batch * 256)
            for _ in 0..<MicroSamples.batch { PackedOutcome.append(outcome, to: &command) }
            sum += command.encodedSize
        }
        return sum
    }
}

private final class OutcomeDecodeWork: MicroWork {
    private let fields: RESPArray
    let expected: Int

    init(_ outcome: Outcome) throws {
        guard let fields = try MicroSamples.decoded(MicroSamples.inboxFields(outcome)).array else {
            throw LoadTestError("an entry of an inbox is no array")
        }
        self.fields = fields
        expected = MicroSamples.batch * outcome.payload.readableBytes
    }

    /// As the caller reads its inbox.
    func run(_ rounds: Int) -> Int {
        var sum = 0
        for _ in 0..<rounds {
            fields.withView { view in
                var pairs = view.makeIterator()
                guard pairs.next()?.equals("worker") == true, let name = pairs.next() else { return }
                let worker = name.string
                while let id = pairs.next(), let value = pairs.next() {
                    let outcome = PackedOutcome.outcome(value, of: fields, worker: worker, submitted: MicroSamples.now)
                    if outcome.kind == .ok, id.bytes.count > 0 { sum += outcome.payload.readableBytes }
                }
            }
        }
        return sum
    }
}

private final class FinishCallWork: MicroWork {
    private let settlements: [Settlement]
    private let space: Space
    private(set) var expected = 0

    init(_ settlements: (all: [Settlement], space: Space)) {
        (self.settlements, space) = settlements
        expected = run(1)
    }

    func run(_ rounds: Int) -> Int {
        var sum = 0
        for _ in 0..<rounds {
            sum += FinishScript.call(settlements, space: space, finished: MicroSamples.now).command.encodedSize
        }
        return sum
    }
}
