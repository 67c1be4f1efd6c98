/// The caller's side: submits jobs, reads replies from the end of what it has read.
struct FloorCaller {
    let connection: HiredisConnection
    private let jobs: [UInt8]
    private let replies: [UInt8]
    private let payload: [UInt8]
    private var last = Array("0-0".utf8)
    private let most: [UInt8]
    private var line = FloorCommandLine()

    /// - Parameter most: Replies that one read takes.
    init(_ address: FloorAddress, _ keys: FloorKeys, payload size: Int, most: Int) throws {
        connection = try HiredisConnection(address)
        jobs = Array(keys.jobs.utf8)
        replies = Array(keys.replies.utf8)
        payload = (0..<size).map { UInt8(97 + ($0 * 7) % 26) }
        self.most = Array(String(most).utf8)
    }

    mutating func appendJob(_ id: Int) {
        line.clear()
        line.add("XADD")
        line.add(jobs)
        line.add("*")
        line.add("i")
        line.add(id)
        line.add("d")
        line.add(payload)
        connection.append(&line)
    }

    mutating func appendRead() {
        line.clear()
        line.add("XREAD")
        line.add("COUNT")
        line.add(most)
        line.add("BLOCK")
        line.add("5000")
        line.add("STREAMS")
        line.add(replies)
        line.add(last)
        connection.append(&line)
    }

    /// The ids of the jobs that were answered, from the reply to the read.
    mutating func received(_ reply: FloorReply, _ each: (Int) throws -> Void) throws {
        let last = try reply.withEntries { entries in
            for index in 0..<entries.count { try each(Self.number(entries.value(index))) }
            return Array(entries.id(entries.count - 1))
        }
        guard let last else { throw FloorError("no reply within 5 s: does the consumer still run?") }
        self.last = last
    }

    /// Decimal digits as a number.
    private static func number(_ digits: UnsafeRawBufferPointer) -> Int {
        var number = 0
        for digit in digits { number = number &* 10 &+ Int(digit &- 48) }
        return number
    }
}
