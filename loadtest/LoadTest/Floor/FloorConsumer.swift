/// The worker's side: reads jobs in batches, answers each, acknowledges and deletes them in batches.
struct FloorConsumer {
    private let connection: HiredisConnection
    private let jobs: [UInt8]
    private let replies: [UInt8]
    private let batch: [UInt8]
    private var line = FloorCommandLine()

    init(_ address: FloorAddress, _ keys: FloorKeys, batch: Int) throws {
        connection = try HiredisConnection(address)
        jobs = Array(keys.jobs.utf8)
        replies = Array(keys.replies.utf8)
        self.batch = Array(String(batch).utf8)
    }

    /// Runs until `count` jobs are done.
    ///
    /// - Parameter merges: Whether the next read travels with the replies; else it follows their confirmation.
    mutating func run(_ count: Int, merges: Bool, stop: FloorStop) throws {
        var done = 0
        var isReading = false
        while done < count {
            try stop.check()
            if !isReading { appendRead() }
            let reply = try connection.reply()
            isReading = false
            let taken = reply.withEntries { entries in
                // Replies first, since callers wait for them.
                for index in 0..<entries.count { appendReply(entries.value(index)) }
                appendEnding("XACK", entries, group: true)
                appendEnding("XDEL", entries, group: false)
                return entries.count
            }
            guard let taken else { continue }
            done += taken
            if merges, done < count {
                appendRead()
                isReading = true
            }
            for _ in 0..<(taken + 2) { try connection.confirm() }
        }
    }

    private mutating func appendRead() {
        line.clear()
        for word: StaticString in ["XREADGROUP", "GROUP", "g", "c1", "COUNT"] { line.add(word) }
        line.add(batch)
        for word: StaticString in ["BLOCK", "2000", "STREAMS"] { line.add(word) }
        line.add(jobs)
        line.add(">")
        connection.append(&line)
    }

    private mutating func appendReply(_ id: UnsafeRawBufferPointer) {
        line.clear()
        line.add("XADD")
        line.add(replies)
        for word: StaticString in ["MAXLEN", "~", "10000", "*", "i"] { line.add(word) }
        line.add(id)
        line.add("r")
        line.add("ok")
        connection.append(&line)
    }

    private mutating func appendEnding(_ command: StaticString, _ entries: FloorReply.Entries, group: Bool) {
        line.clear()
        line.add(command)
        line.add(jobs)
        if group { line.add("g") }
        for index in 0..<entries.count { line.add(entries.id(index)) }
        connection.append(&line)
    }
}
