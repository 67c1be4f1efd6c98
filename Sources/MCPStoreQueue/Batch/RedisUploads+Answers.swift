import MCPStoreRedis
import NIOCore

/// What was answered of a batch that was uploaded.
extension RedisUploads {
    /// Some answers, and where to go on.
    package struct Page: Sendable {
        package var answers: [UploadAnswer] = []
        /// The entry of the stream behind which the next ones stand.
        package var last: String
        /// Whether there was anything.
        package var isEnd: Bool
    }

    /// One entry of the stream of answers: those of one batch of outcomes that a worker settled, or one.
    struct AnswerEntry {
        let id: String
        let answers: [(job: String, outcome: Outcome, reference: String)]
        /// Names and values as they stand there.
        let fields: [ByteBuffer]
    }

    /// Answers in the order in which they came.
    ///
    /// - Parameter last: The entry behind which to begin; `0-0`: with the first.
    /// - Throws: ``QueueError`` (`redis`).
    package func page(of id: String, after last: String) async throws(QueueError) -> Page {
        let entries = try await entries(of: id, after: last, upTo: "+")
        guard let end = entries.last else { return Page(last: last, isEnd: true) }
        var found: [(index: Int, job: String, outcome: Outcome, reference: String)] = []
        for entry in entries {
            for answer in entry.answers {
                guard let index = UploadJob.index(of: answer.job, in: id) else { continue }
                found.append((index, answer.job, answer.outcome, answer.reference))
            }
        }
        let names = await client.pipeline(found.map { RedisCommand("LINDEX", keys.batchIDs(id), String($0.index)) })
        var page = Page(last: end.id, isEnd: false)
        for (answer, result) in zip(found, names) {
            let name: ByteBuffer?
            do { name = try result.get().bytes } catch { throw QueueError(error) }
            var outcome = answer.outcome
            if !answer.reference.isEmpty { outcome.payload = try await large(answer.reference) }
            let (line, caller) = Self.split(name)
            page.answers.append(
                UploadAnswer(index: answer.index, line: line, id: caller, job: answer.job, outcome: outcome)
            )
        }
        return page
    }

    /// A large payload; it lives as long as the stream of answers.
    private func large(_ reference: String) async throws(QueueError) -> ByteBuffer {
        guard keys.isResult(reference) else { return ByteBuffer() }
        do {
            let gone = ByteBuffer(string: "{\"message\":\"the answer was kept beside the others and is gone\"}")
            return try await client.execute(RedisCommand("GET", reference)).bytes ?? gone
        } catch {
            throw QueueError(error)
        }
    }

    /// `line id`
    private static func split(_ name: ByteBuffer?) -> (line: Int, id: ByteBuffer) {
        guard var name, let cut = name.readableBytesView.firstIndex(of: UInt8(ascii: " ")) else {
            return (0, ByteBuffer(string: "null"))
        }
        let digits = name.readString(length: cut - name.readerIndex) ?? ""
        name.moveReaderIndex(forwardBy: 1)
        return (Int(digits) ?? 0, name)
    }

    /// Entries of the stream of answers.
    func entries(of id: String, after last: String, upTo end: String) async throws(QueueError) -> [AnswerEntry] {
        // An entry holds the outcomes of one settlement at most: few of them are much already.
        let command = RedisCommand("XRANGE", answers(id), "(\(last)", end, "COUNT", "32")
        let reply: RESPReply
        do { reply = try await client.execute(command) } catch { throw QueueError(error) }
        return reply.array?.compactMap(Self.entry) ?? []
    }

    private static func entry(_ reply: RESPReply) -> AnswerEntry? {
        guard let parts = reply.array.map(Array.init), parts.count == 2, let id = parts[0].string else { return nil }
        let words = parts[1].array.map(Array.init) ?? []
        let fields = words.map { $0.bytes ?? ByteBuffer() }
        func text(_ index: Int) -> String { index < words.count ? words[index].string ?? "" : "" }
        guard text(0) == "worker" else {
            var (job, reference) = ("", "")
            var outcome = Outcome(kind: OutcomeKind(rawValue: ""), payload: ByteBuffer())
            for index in stride(from: 0, to: words.count - 1, by: 2) {
                switch text(index) {
                case "id": job = text(index + 1)
                case "outcome": outcome.kind = OutcomeKind(rawValue: text(index + 1))
                case "payload": outcome.payload = fields[index + 1]
                case "ref": reference = text(index + 1)
                case "worker": outcome.worker = text(index + 1)
                case "attempt": outcome.attempt = max((Int(text(index + 1)) ?? 1).plausible, 1)
                case "waited": outcome.waited = Int(text(index + 1))?.plausible
                case "ran": outcome.ran = Int(text(index + 1))?.plausible
                case "at": outcome.finished = (Int(text(index + 1)) ?? 0).plausible
                default: break
                }
            }
            let notes = ["open", "progress", "moved", "absent", "recorded"]
            let answers = job.isEmpty || notes.contains(outcome.kind.rawValue) ? [] : [(job, outcome, reference)]
            return AnswerEntry(id: id, answers: answers, fields: fields)
        }
        let worker = text(1)
        let answers = stride(from: 2, to: words.count - 1, by: 2).map { index in
            (text(index), packed(fields[index + 1], worker: worker), "")
        }
        return AnswerEntry(id: id, answers: answers, fields: fields)
    }

    /// `kind waited ran payload`, as ``PackedOutcome`` writes it.
    private static func packed(_ value: ByteBuffer, worker: String) -> Outcome {
        var rest = value
        var words: [String] = []
        while words.count < 3, let cut = rest.readableBytesView.firstIndex(of: UInt8(ascii: " ")) {
            words.append(rest.readString(length: cut - rest.readerIndex) ?? "")
            rest.moveReaderIndex(forwardBy: 1)
        }
        guard words.count == 3 else { return Outcome(kind: OutcomeKind(rawValue: "unreadable"), payload: value, worker: worker) }
        return Outcome(
            kind: OutcomeKind(rawValue: words[0]),
            payload: rest,
            worker: worker,
            waited: Int(words[1])?.plausible,
            ran: Int(words[2])?.plausible
        )
    }
}
