import MCPStoreProtocol
import NIOCore

@testable import MCPStoreQueue
@testable import MCPStoreRedis
@testable import MCPStoreWorker

extension FuzzTarget {
    /// Entries and hashes in Redis that somebody else wrote: an older or newer version, a person, or an enemy with access to
    /// one space. The first line is the entry's id, each other a field `name=value`; `\n` in a value is a line break.
    ///
    /// Nothing that is decided from them crashes, whatever their numbers; a job that is written again is read as the same.
    static let jobs = FuzzTarget(
        name: "jobs",
        tokens: [
            "\nid=", "\nparams={}", "\nsubmitted=", "\nsince=", "\ntimeout=", "\nattempt=", "\ndeaths=", "\nagain=1",
            "\nrecord=r",
            "\nop=cancel", "\nop=wake", "\na=ns:ds svc batch", "\na=ns:ds svc", "\nb=1-0", "\nevent=delayed", "\nb=5",
            "\nworker=w",
            "\nj-1=ok 1 2 {}", "\noutcome=ok", "\nwaited=", "\nran=", "\nat=", "\nslots=", "\nrunning=", "\nspaces=*:* a:*",
            "\nlabels=a=b mcpstore.process=1.2.3.4.5", "\nw5=", "\nr148=", "\nok=", "\nstatus=healthy", "\nstderr=[\"a\"]",
            "\nworker:w={\"status\":\"healthy\",\"reason\":\"\",\"pool\":\"p\"}", "9223372036854775807", "-9223372036854775808",
            "=",
        ],
        check: { input in
            let entry = JobText.entry(of: input)
            try JobText.checkJob(entry)
            JobText.readOthers(entry)
        }
    )
}

/// Entries of streams as text.
enum JobText {
    private static let lane: LaneID = {
        guard let lane = LaneID(member: "ns:ds svc interactive") else { fatalError("no lane") }
        return lane
    }()

    /// `[id, [name, value, …]]`
    static func entry(of text: [UInt8]) -> RESPReply {
        var lines = text.split(separator: 10, omittingEmptySubsequences: false)
        let id = lines.removeFirst()
        let words = lines.flatMap { line -> [ArraySlice<UInt8>] in
            guard let cut = line.firstIndex(of: 61) else { return [line] }
            return [line[..<cut], line[(cut + 1)...]]
        }
        let fields = words.reduce(into: Array("*\(words.count)\r\n".utf8)) { $0 += self.bulk($1) }
        return self.parse(Array("*2\r\n".utf8) + self.bulk(id) + fields)
    }

    private static func bulk(_ bytes: some Collection<UInt8>) -> [UInt8] { Array("$\(bytes.count)\r\n".utf8) + bytes + [13, 10] }

    private static func parse(_ wire: [UInt8]) -> RESPReply {
        var parser = RESPParser()
        var reply: RESPReply?
        do { try parser.parse(ByteBuffer(bytes: wire)) { reply = $0 } } catch { fatalError("\(error)") }
        guard let reply else { fatalError("no reply") }
        return reply
    }

    // MARK: Jobs

    static func checkJob(_ entry: RESPReply) throws {
        guard let delivery = JobFields.delivery(entry, lane: self.lane) else { return }
        let job = delivery.job
        _ = (job.statsKey, job.laneID, job.parametersHash, job.recorded())
        let now = 1_790_000_000_000_000
        for time in [0, now, now + 1] {
            _ = delivery.deadline <= time
            let decision = RecoveryDecision.action(for: delivery, worker: "w", delivered: time, now: time, maxDeaths: 3)
            self.settle(Settlement(delivery, decision, claims: true), at: now)
        }
        let ending = CallEnding(job: job, worker: "w", started: now, finished: now + 5)
        let answer = ByteBuffer(string: "{}")
        let lost = MCPResponse.failed(MCPError(.closed, "x", requestWasWritten: true))
        for response in [MCPResponse.result(answer, isError: false, resultType: .complete), lost] {
            self.settle(Settlement(delivery, ending.action(for: response)), at: now)
        }
        self.settle(Settlement(delivery, ending.givenBack("x", countsAttempt: true, wasWritten: true)), at: now)
        for outcome in [CallerEnding.notStarted(job), CallerEnding.removed(job), CallerEnding.left(job, as: .timedOut)] {
            self.settle(Settlement(delivery, .end(outcome)), at: now)
        }
        try self.checkWritten(delivery)
    }

    private static func settle(_ settlement: Settlement, at now: Int) {
        _ = settlement.isPlain
        _ = SettleScript.call([settlement], space: self.lane.service.space, finished: now)
        if settlement.isPlain { _ = FinishScript.call([settlement], space: self.lane.service.space, finished: now) }
    }

    private static func checkWritten(_ delivery: Delivery) throws {
        var command = RedisCommand("XADD", "key", "*")
        JobFields.append(delivery.job, to: &command)
        var wire = ByteBuffer()
        command.encode(into: &wire)
        let words = self.parse(Array(wire.readableBytesView)).array.map { Array($0).dropFirst(3) } ?? []
        let fields = words.reduce(into: Array("*\(words.count)\r\n".utf8)) {
            $0 += self.bulk($1.bytes.map { Array($0.readableBytesView) } ?? [])
        }
        let entry = self.parse(Array("*2\r\n".utf8) + self.bulk(delivery.entry.description.utf8) + fields)
        guard let again = JobFields.delivery(entry, lane: self.lane) else { throw FuzzFinding("a job that was written is none") }
        try same(self.text(again.job), self.text(delivery.job), "a job that was written again")
        try same(again.entry, delivery.entry, "an entry's id")
    }

    private static func text(_ job: Job) -> String {
        """
        \(job.id) \(job.method) \(job.name) \(Array(job.parameters.readableBytesView)) \(job.inbox) \(job.timeout) \(job.submitted) \
        \(job.since ?? -1) \(job.attempt) \(job.deaths) \(job.mayRunAgain) \(job.wantsProgress) \(job.logLevel) \(job.trace) \(job.record) \(job.toolKey)
        """
    }

    // MARK: What else lies in Redis

    static func readOthers(_ entry: RESPReply) {
        guard let entry = StreamReader.Entry(entry) else { return }
        let pool = Pool(prefix: "p")
        if let message = ControlMessage(entry) { _ = message.command(to: "w", in: pool) }
        if let event = PoolEvent(entry) { _ = event.command(in: pool) }
        _ = InboxEntry(entry).makeOutcome()
        let hash = RESPReply(token: entry.fields.token, tape: entry.fields.tape, arena: entry.fields.arena)
        entry.fields.withView { view in
            var values = view.makeIterator()
            while let value = values.next() {
                for submitted in [0, 1_790_000_000_000_000] {
                    _ = PackedOutcome.outcome(value, of: entry.fields, worker: "w", submitted: submitted)
                }
            }
        }
        if let worker = WorkerRecord(id: "w", hash) { _ = worker.isProvablyGone }
        if var state = ServiceState(hash) {
            state.takeBestView(orElse: "none")
            _ = state.trouble
        }
        if let stats = ToolStats(hash) {
            _ = (stats.calls, stats.counts)
            for share in [0, 0.5, 0.99, 1] {
                _ = ToolStats.percentile(share, of: stats.waitingBuckets)
                _ = ToolStats.percentile(share, of: stats.runningBuckets)
            }
        }
        for field in entry.fields {
            let text = field.string ?? ""
            _ = (LaneID(member: text), ServiceID(member: text), Space(text), ProcessIdentity(text), EntryID(text))
            _ = try? SpacePattern(text).matches(self.lane.service.space)
            _ = JobFields.job(JSONStrings.decode(text), lane: self.lane)
        }
    }
}
