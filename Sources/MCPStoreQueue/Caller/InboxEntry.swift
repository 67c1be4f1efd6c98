import MCPStoreRedis
import NIOCore

/// One entry of an inbox: an outcome, progress, or a note on where a job lies now.
struct InboxEntry {
    var job = ""
    /// A kind of outcome, or `open`, `progress`, `moved`, `absent`.
    var outcome = ""
    var payload = ByteBuffer()
    /// The key of a large payload, or the entry a job moved to.
    var reference = ""
    var worker = ""
    var attempt = 1
    var waited: Int?
    var ran: Int?
    var at = 0

    init(_ entry: StreamReader.Entry) {
        var fields = entry.fields.makeIterator()
        while let name = fields.next(), let value = fields.next() {
            switch name.string {
            case "id": job = value.string ?? ""
            case "outcome": outcome = value.string ?? ""
            case "payload": payload = value.bytes ?? ByteBuffer()
            case "ref": reference = value.string ?? ""
            case "worker": worker = value.string ?? ""
            case "attempt": attempt = (value.integer ?? 1).plausible
            case "waited": waited = value.integer?.plausible
            case "ran": ran = value.integer?.plausible
            case "at": at = (value.integer ?? 0).plausible
            default: break
            }
        }
    }

    func makeOutcome(payload: ByteBuffer? = nil) -> Outcome {
        Outcome(
            kind: OutcomeKind(rawValue: outcome),
            payload: payload ?? self.payload,
            worker: worker,
            attempt: attempt,
            waited: waited,
            ran: ran,
            finished: at
        )
    }
}
