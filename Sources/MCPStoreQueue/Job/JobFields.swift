import MCPStoreRedis
import NIOCore

/// The fields of a job's stream entry: flat and readable, in a fixed order. What has its usual value is left out: entries are
/// read by Redis, twice by its clients, and lie in memory. Entries of one shape follow one another in a lane, and Redis then
/// stores their names once a stream node.
package enum JobFields {
    static func append(_ job: Job, to command: inout RedisCommand) {
        fields(job) { name, value in
            command.append(name)
            switch value {
            case .text(let text): command.append(text)
            case .number(let number): command.append(number)
            }
        }
        command.append("params")
        command.append(job.parameters)
    }

    /// The same for a script's arguments.
    package static func arguments(_ job: Job) -> [RedisArgument] {
        var arguments: [RedisArgument] = []
        fields(job) { name, value in
            arguments.append(.string("\(name)"))
            switch value {
            case .text(let text): arguments.append(.string(text))
            case .number(let number): arguments.append(.int(number))
            }
        }
        return arguments + [.string("params"), .bytes(job.parameters)]
    }

    private enum Value {
        case text(String)
        case number(Int)
    }

    @inline(__always)
    private static func fields(_ job: Job, _ field: (StaticString, Value) -> Void) {
        field("id", .text(job.id))
        if job.method != Job.usualMethod { field("method", .text(job.method)) }
        field("name", .text(job.name))
        if !job.idNamesInbox { field("inbox", .text(job.inbox)) }
        if job.timeout != Job.usualTimeout { field("timeout", .number(job.timeout)) }
        if job.waitLimit != 0 { field("wait", .number(job.waitLimit)) }
        if job.runLimit != 0 { field("run", .number(job.runLimit)) }
        field("submitted", .number(job.submitted))
        if let since = job.since { field("since", .number(since)) }
        if job.attempt != 1 { field("attempt", .number(job.attempt)) }
        if job.deaths != 0 { field("deaths", .number(job.deaths)) }
        if job.mayRunAgain { field("again", .number(1)) }
        if job.wantsProgress { field("progress", .number(1)) }
        if !job.logLevel.isEmpty { field("log", .text(job.logLevel)) }
        if !job.trace.isEmpty { field("trace", .text(job.trace)) }
        if !job.record.isEmpty { field("record", .text(job.record)) }
        if !job.toolKey.isEmpty { field("key", .text(job.toolKey)) }
    }

    /// Reads an entry: `[id, [field, value, …]]`.
    ///
    /// Unknown fields are ignored (invariant I13). Returns `nil` where the reply is no entry, its content was deleted, or it is no job, or it has an id that
    /// somebody chose beyond what we can name.
    package static func delivery(_ entry: RESPReply, lane: LaneID) -> Delivery? {
        entry.withView { view in
            var parts = view.makeIterator()
            guard let id = parts.next(), let fields = parts.next(), id.kind == .string, fields.kind == .array else { return nil }
            var job = Job(
                id: "",
                service: lane.service,
                lane: lane.lane,
                method: Job.usualMethod,
                name: "",
                parameters: ByteBuffer()
            )
            var values = fields.makeIterator()
            var (namesInbox, hasParameters) = (false, false)
            while let name = values.next(), let value = values.next() {
                if name.equals("inbox") { namesInbox = true }
                if name.equals("params") {
                    job.parameters = entry.slice(value.range)
                    hasParameters = true
                } else {
                    set(name, value, in: &job)
                }
            }
            let entry = EntryID(id.bytes, in: lane)
            guard !job.id.isEmpty, hasParameters, !entry.isNone else { return nil }
            if !namesInbox { job.inbox = Job.inbox(ofID: job.id) }
            return Delivery(job: job, entry: entry)
        }
    }

    /// Names are told apart by their length first: they are compared for every field of every job.
    private static func set(_ name: RESPView, _ value: RESPView, in job: inout Job) {
        switch name.bytes.count {
        case 2 where name.equals("id"): job.id = value.string
        case 3:
            if name.equals("key") {
                job.toolKey = value.string
            } else if name.equals("run") {
                job.runLimit = limit(value)
            } else if name.equals("log") {
                job.logLevel = value.string
            }
        case 4:
            if name.equals("name") { job.name = value.string } else if name.equals("wait") { job.waitLimit = limit(value) }
        case 5:
            if name.equals("inbox") {
                job.inbox = value.string
            } else if name.equals("again") {
                job.mayRunAgain = value.integer == 1
            } else if name.equals("since") {
                job.since = value.integer?.plausible
            } else if name.equals("trace") {
                job.trace = value.string
            }
        case 6:
            if name.equals("method") {
                job.method = value.string
            } else if name.equals("deaths") {
                job.deaths = (value.integer ?? 0).plausible
            } else if name.equals("record") {
                job.record = value.string
            }
        case 7:
            if name.equals("timeout") {
                job.timeout = min((value.integer ?? Job.usualTimeout).plausible, 1 << 40)
            } else if name.equals("attempt") {
                job.attempt = max((value.integer ?? 1).plausible, 1)
            }
        case 8 where name.equals("progress"): job.wantsProgress = value.integer == 1
        case 9 where name.equals("submitted"): job.submitted = (value.integer ?? 0).plausible
        default: break
        }
    }

    /// Milliseconds; what is no number or out of range limits nothing.
    private static func limit(_ value: RESPView) -> Int { min(max(value.integer ?? 0, 0), 1 << 40) }

    /// The parts of a delayed job that tell where its outcome goes, from its fields as text.
    static func job(_ fields: [String], lane: LaneID) -> Job {
        var job = Job(id: "", service: lane.service, lane: lane.lane, method: Job.usualMethod, name: "", parameters: ByteBuffer())
        var namesInbox = false
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            let value = fields[index + 1]
            switch fields[index] {
            case "id": job.id = value
            case "method": job.method = value
            case "name": job.name = value
            case "inbox":
                job.inbox = value
                namesInbox = true
            case "key": job.toolKey = value
            case "record": job.record = value
            default: break
            }
        }
        if !namesInbox { job.inbox = Job.inbox(ofID: job.id) }
        return job
    }
}
