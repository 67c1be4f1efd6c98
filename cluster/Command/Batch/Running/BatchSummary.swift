import MCPStore
import MCPStoreQueue

/// What a batch has come to when its command ends.
struct BatchSummary: Sendable {
    var plan: BatchPlan
    var status: BatchStatus
    /// Answers by outcome, those of earlier commands included.
    var outcomes: [String: Int]
    /// Answers that are not `ok` of calls that may be made again without harm.
    var safe: Int
    /// Answers of this command.
    var answered: Int
    var took: Duration

    var total: Int { outcomes.values.reduce(0, +) }
    var failed: Int { total - outcomes["ok", default: 0] }

    /// `100,000 answered, 99,990 ok, 10 failed: 7 timedOut, 3 toolError; 100,000 in 41.2 s, 2,427/s`
    var text: String {
        var text = "\(total.grouped) answered, \(outcomes["ok", default: 0].grouped) ok"
        let others = outcomes.filter { $0.key != "ok" && $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if failed > 0 {
            text += ", \(failed.grouped) failed: " + others.map { "\($0.value.grouped) \($0.key)" }.joined(separator: ", ")
        }
        let seconds = took / .seconds(1)
        if answered > 0, seconds > 0 {
            text += "; \(answered.grouped) in \(took.tableText), \(Int(Double(answered) / seconds).grouped)/s"
        }
        return text
    }

    var json: JSONValue {
        [
            "batch": .string(plan.id), "status": .string(status.rawValue), "answered": .integer(total),
            "failed": .integer(failed), "safe_to_retry": .integer(safe),
            "outcomes": .object(outcomes.mapValues { .integer($0) }), "answered_now": .integer(answered),
            "took_us": .integer(took.microseconds), "output": .string(plan.output),
        ]
    }
}
