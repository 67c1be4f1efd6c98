/// A line of a caller's ledger: words with single spaces between.
enum LedgerLine: Equatable, Sendable {
    /// Written before the call is made.
    case submitted(PlannedCall, at: Int)
    /// Written when the call has returned.
    case ended(Ending)

    var text: String {
        switch self {
        case .submitted(let call, let at):
            "s \(call.id) \(call.service) \(call.tool.rawValue) \(call.milliseconds) \(call.bytes) \(call.intent.rawValue) \(at)"
                + (call.key.map { " \($0)" } ?? "")
        case .ended(let end):
            "e \(end.id) \(end.isOutcome ? "o" : "c") \(end.outcome) \(String(end.digest, radix: 16)) \(end.attempt) \(end.at)"
        }
    }

    /// - Throws: ``ChaosError`` where it is no line of a ledger.
    init(_ text: Substring) throws(ChaosError) {
        let words = text.split(separator: " ")
        if words.count == 8 || words.count == 9, words[0] == "s", let tool = ToolKind(rawValue: String(words[3])),
            let milliseconds = Int(words[4]),
            let bytes = Int(words[5]), let intent = PlannedCall.Intent(rawValue: String(words[6])), let at = Int(words[7])
        {
            let call = PlannedCall(
                id: String(words[1]),
                service: String(words[2]),
                tool: tool,
                milliseconds: milliseconds,
                bytes: bytes,
                intent: intent,
                key: words.count == 9 ? String(words[8]) : nil
            )
            self = .submitted(call, at: at)
        } else if words.count == 7, words[0] == "e", let digest = UInt64(words[4], radix: 16), let attempt = Int(words[5]),
            let at = Int(words[6])
        {
            self = .ended(
                Ending(
                    id: String(words[1]),
                    isOutcome: words[2] == "o",
                    outcome: String(words[3]),
                    digest: digest,
                    attempt: attempt,
                    at: at
                )
            )
        } else {
            throw ChaosError("no line of a ledger: '\(text)'")
        }
    }

    init(submitted call: PlannedCall, at: Int) { self = .submitted(call, at: at) }
}
