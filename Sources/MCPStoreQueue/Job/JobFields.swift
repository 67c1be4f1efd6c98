import MCPStoreRedis
import NIOCore

/// The fields of a job's stream entry: flat, readable, and in every entry the same names in the same order, because Redis
/// then stores the names once a stream node.
enum JobFields {
    static func append(_ job: Job, to command: inout RedisCommand) {
        for (name, value) in text(job) {
            command.append(name)
            command.append(value)
        }
        command.append("params")
        command.append(job.parameters)
    }

    /// The same for a script's arguments.
    static func arguments(_ job: Job) -> [RedisArgument] {
        var arguments: [RedisArgument] = []
        for (name, value) in text(job) {
            arguments.append(.string(name))
            arguments.append(.string(value))
        }
        return arguments + [.string("params"), .bytes(job.parameters)]
    }

    private static func text(_ job: Job) -> [(String, String)] {
        [
            ("id", job.id), ("method", job.method), ("name", job.name), ("inbox", job.inbox), ("timeout", String(job.timeout)),
            ("submitted", String(job.submitted)), ("since", job.since.map { String($0) } ?? ""), ("attempt", String(job.attempt)),
            ("deaths", String(job.deaths)), ("again", job.mayRunAgain ? "1" : "0"), ("progress", job.wantsProgress ? "1" : "0"),
            ("trace", job.trace), ("record", job.record),
            ("key", job.toolKey),
        ]
    }

    /// Reads an entry: `[id, [field, value, …]]`.
    ///
    /// Unknown fields are ignored (invariant I13). Returns `nil` where the reply is no entry, its content was deleted, or it is no job.
    static func delivery(_ entry: RESPReply, lane: LaneID) -> Delivery? {
        guard let parts = entry.array, parts.count == 2 else { return nil }
        var iterator = parts.makeIterator()
        guard let id = iterator.next()?.string, let fields = iterator.next()?.array else { return nil }
        var job = Job(id: "", service: lane.service, lane: lane.lane, method: "", name: "", parameters: ByteBuffer())
        var values = fields.makeIterator()
        while let name = values.next(), let value = values.next() {
            set(name, value, in: &job)
        }
        guard !job.id.isEmpty, !job.method.isEmpty else { return nil }
        return Delivery(job: job, entry: EntryID(id, in: lane))
    }

    private static func set(_ name: RESPReply, _ value: RESPReply, in job: inout Job) {
        switch name.string {
        case "id": job.id = value.string ?? ""
        case "method": job.method = value.string ?? ""
        case "name": job.name = value.string ?? ""
        case "params": job.parameters = value.bytes ?? ByteBuffer()
        case "inbox": job.inbox = value.string ?? ""
        case "timeout": job.timeout = min(max(value.integer ?? 60_000, 0), 1 << 40)
        case "submitted": job.submitted = value.integer ?? 0
        case "since": job.since = value.integer
        case "attempt": job.attempt = max(value.integer ?? 1, 1)
        case "deaths": job.deaths = max(value.integer ?? 0, 0)
        case "again": job.mayRunAgain = value.integer == 1
        case "progress": job.wantsProgress = value.integer == 1
        case "trace": job.trace = value.string ?? ""
        case "record": job.record = value.string ?? ""
        case "key": job.toolKey = value.string ?? ""
        default: break
        }
    }

    /// The parts of a delayed job that tell where its outcome goes, from its fields as text.
    static func job(_ fields: [String], lane: LaneID) -> Job {
        var job = Job(id: "", service: lane.service, lane: lane.lane, method: "", name: "", parameters: ByteBuffer())
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            let value = fields[index + 1]
            switch fields[index] {
            case "id": job.id = value
            case "method": job.method = value
            case "name": job.name = value
            case "inbox": job.inbox = value
            case "key": job.toolKey = value
            case "record": job.record = value
            default: break
            }
        }
        return job
    }
}
