/// What is known of a batch in its space, from any machine: `{space}:batch:{id}`.
package struct BatchRecord: Sendable, Hashable {
    /// How far it has come, as its command last said.
    package enum Status: String, Sendable {
        /// Its command runs, or died.
        case running
        /// Its command was ended before its end: `--resume` goes on.
        case stopped
        /// Somebody cancelled it.
        case cancelled
        /// Every call has its answer.
        case finished
    }

    package var id: String
    package var status: Status = .running
    /// Milliseconds by Redis' clock; 0 where that is not known.
    package var created = 0
    /// When its command last said anything, likewise.
    package var updated = 0
    /// Where its command runs.
    package var host = ""
    package var process = 0
    /// The files, as paths on that host; `-` for pipes.
    package var input = ""
    package var output = ""
    /// The agent whose services are called; empty for the store's own.
    package var agent = ""
    /// Calls that were read so far, answered ones included.
    package var read = 0
    /// How many there are in all; 0 while that is not known.
    package var total = 0
    /// Answers by outcome.
    package var outcomes: [String: Int] = [:]
    /// 1, and one more with each retry of what failed.
    package var round = 1
    /// Whether it is to be cancelled.
    package var isCancelling = false
    /// Of one that was uploaded, which no command runs: how far that is. `nil` for all others.
    package var upload: Upload?

    /// What was uploaded of a batch.
    package struct Upload: Sendable, Hashable {
        /// The principal whose batch it is; empty for everybody's.
        package var owner = ""
        /// How its calls are made, as ``RedisUploads/open(_:plan:owner:)`` was told.
        package var plan = ""
        /// Calls that were taken.
        package var accepted = 0
        /// Lines that were read for them, and what tells those from others.
        package var lines = 0
        package var digest = ""
        /// Whether there are no more: all are there, or it was cancelled.
        package var isClosed = false
        /// The last entry of the answers that is counted.
        package var counted = "0-0"
    }

    package init(id: String) { self.id = id }

    package var answered: Int { outcomes.values.plausibleSum }
    package var failed: Int { answered - outcomes["ok", default: 0] }
}

extension BatchRecord {
    /// What its command says of it: fields and values of the hash.
    var fields: [(String, String)] {
        [
            ("status", status.rawValue), ("host", host), ("pid", String(process)), ("input", input), ("output", output),
            ("agent", agent), ("read", String(read)), ("total", String(total)), ("round", String(round)),
            ("outcomes", outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: " ")),
        ]
    }

    /// - Parameter fields: The hash, names and values in turn; `nil` comes of an empty one.
    init?(id: String, _ fields: [String]) {
        guard !fields.isEmpty else { return nil }
        self.init(id: id)
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            let value = fields[index + 1]
            var number: Int { (Int(value) ?? 0).plausible }
            switch fields[index] {
            case "status": status = Status(rawValue: value) ?? .running
            case "created": created = number
            case "updated": updated = number
            case "host": host = value
            case "pid": process = number
            case "input": input = value
            case "output": output = value
            case "agent": agent = value
            case "read": read = number
            case "total": total = number
            case "round": round = number
            case "cancel": isCancelling = value == "1"
            case "kind" where value == "upload": if upload == nil { upload = Upload() }
            case "owner": change { $0.owner = value }
            case "plan": change { $0.plan = value }
            case "accepted": change { $0.accepted = number }
            case "lines": change { $0.lines = number }
            case "digest": change { $0.digest = value }
            case "closed": change { $0.isClosed = value == "1" }
            case "counted": change { $0.counted = value }
            case "outcomes":
                let words = value.split(separator: " ")
                for word in stride(from: 0, to: words.count - 1, by: 2) {
                    outcomes[String(words[word])] = (Int(words[word + 1]) ?? 0).plausible
                }
            default: break
            }
        }
        // Fields come in any order.
        let isUpload = stride(from: 0, to: fields.count - 1, by: 2).contains {
            fields[$0] == "kind" && fields[$0 + 1] == "upload"
        }
        if !isUpload { upload = nil }
    }

    private mutating func change(_ body: (inout Upload) -> Void) {
        var upload = upload ?? Upload()
        body(&upload)
        self.upload = upload
    }
}
