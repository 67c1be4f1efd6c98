import MCPStoreRedis
import NIOCore

/// What was answered of a batch that was uploaded.
extension RedisUploads {
    /// Bytes of answers behind which a page ends with its entry.
    private static let mostBytes = 8 << 20

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
        guard !entries.isEmpty else { return Page(last: last, isEnd: true) }
        let places = entries.map { entry in entry.answers.map { UploadJob.index(of: $0.job, in: id) } }
        let indices = places.joined().compactMap(\.self)
        var names = try await names(of: id, indices).makeIterator()
        var page = Page(last: last, isEnd: false)
        var bytes = 0
        for (entry, places) in zip(entries, places) {
            // Large answers are read one after another; the rest of the entries is for the next page.
            if bytes > Self.mostBytes { break }
            for (answer, index) in zip(entry.answers, places) {
                guard let index, let name = names.next() else { continue }
                var outcome = answer.outcome
                if !answer.reference.isEmpty { outcome.payload = try await large(answer.reference) }
                bytes += outcome.payload.readableBytes
                let (line, caller) = Self.split(name)
                page.answers.append(
                    UploadAnswer(index: index, line: line, id: caller, job: answer.job, outcome: outcome)
                )
            }
            page.last = entry.id
        }
        return page
    }

    /// What is kept of the names of calls, in order. Calls end in nearly the order of their lines, so that one range holds many.
    private func names(of id: String, _ indices: [Int]) async throws(QueueError) -> [ByteBuffer?] {
        guard let first = indices.min(), let last = indices.max() else { return [] }
        do throws(RedisError) {
            if last - first < indices.count * 4 {
                let command = RedisCommand("LRANGE", keys.batchIDs(id), String(first), String(last))
                let range = try await client.execute(command).array?.map(\.bytes) ?? []
                return indices.map { $0 - first < range.count ? range[$0 - first] : nil }
            }
            var names: [ByteBuffer?] = []
            let commands = indices.map { RedisCommand("LINDEX", keys.batchIDs(id), String($0)) }
            for result in await client.pipeline(commands) { names.append(try result.get().bytes) }
            return names
        } catch {
            throw QueueError(error)
        }
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
