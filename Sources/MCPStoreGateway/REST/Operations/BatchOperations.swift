import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStore
import MCPStoreQueue

extension RESTAPI {
    private static let lines = "application/x-ndjson"

    /// Many calls out of one file, whose answers are fetched later, from any gateway.
    static let batchOperations: [RESTOperation] = [
        RESTOperation(
            id: "uploadBatch",
            method: .post,
            path: "batches",
            role: .submit,
            summary:
                "Have many calls made. The body is read as fast as the lanes take calls. The same body sent again under the same id goes on where it was, and nothing is asked twice.",
            query: [
                .init(
                    "id",
                    .text,
                    "What the batch is called: 1 to 100 of A-Z a-z 0-9 . _ -. Default: of the Idempotency-Key, or new."
                ),
                .init("tool", .text, "With text/csv: the tool that is called with each record."),
                .init(
                    "arguments",
                    .text,
                    "With text/csv: the arguments, with {{column}} for fields. Default: all columns as strings."
                ),
                .init("service", .text, "With text/csv: the service that is meant, where all names of the tool are ambiguous."),
                .init("idColumn", .text, "With text/csv: the column that comes back as the id of the answer."),
                .init(
                    "timeout",
                    .duration(most: .seconds(86_400)),
                    "How long one start may run. Default: as its service says, else 60s."
                ),
                .init(
                    "waitTimeout",
                    .duration(most: .seconds(6 * 86_400)),
                    "How long a call may wait for its start. Default 24h."
                ),
            ],
            takesIdempotencyKey: true,
            body: .init(
                summary: "A call a line, {\"id\": …, \"tool\": …, \"arguments\": {…}, \"service\": …}, or CSV with a header.",
                fileTypes: [lines, "application/jsonl", "text/csv"]
            ),
            success: .init(status: 202, summary: "The batch: all its calls are queued, or answered as invalid.")
        ) { call in
            let batch = try await call.waiting.run { try await RESTBatch.upload(call) }
            var answer = RESTAnswer(batch.json, status: 202)
            answer.headers[.location] = "\(call.root)/batches/\(batch.record.id)"
            return answer
        },
        RESTOperation(
            id: "listBatches",
            method: .get,
            path: "batches",
            role: .submit,
            summary:
                "List the batches that the principal has uploaded, those with the last news first; with the role operate all of the space.",
            query: [.init("limit", .count(1...1000), "At most so many of the space are looked at. Default 100.")],
            success: .init(status: 200, summary: "{\"batches\": […]}")
        ) { call in
            let records = try await call.context.batches(limit: call.query.count("limit") ?? 100)
            let seen = records.filter { RESTBatch.sees($0, call.space) }
            return RESTAnswer(["batches": .array(seen.map { RESTBatch(record: $0).json })])
        },
        RESTOperation(
            id: "showBatch",
            method: .get,
            path: "batches/{batch}",
            role: .submit,
            summary: "Show how far a batch is.",
            success: .init(
                status: 200,
                summary:
                    "The batch: status is uploading, running, cancelling, cancelled or finished; of a command also stopped or silent."
            )
        ) { call in RESTAnswer(try await RESTBatch.find(call).json) },
        RESTOperation(
            id: "followBatch",
            method: .get,
            path: "batches/{batch}/events",
            role: .submit,
            summary: "Follow a batch: an event with it now, one at most a second while it changes, and the last one at its end.",
            success: .init(status: 200, summary: "Events whose data is the batch.", type: "text/event-stream")
        ) { call in
            let batch = try await RESTBatch.find(call)
            return RESTAnswer(events: try BatchStreams.events(of: batch, call))
        },
        RESTOperation(
            id: "downloadAnswers",
            method: .get,
            path: "batches/{batch}/answers",
            role: .submit,
            summary: "The answers of a batch that the principal has uploaded, in the order in which they came.",
            query: [.init("follow", .flag, "Go on until the batch has ended. Default false: what is there.")],
            success: .init(
                status: 200,
                summary: "A line an answer: {\"line\": …, \"outcome\": …, \"id\": …, \"result\": …} or with \"error\".",
                type: lines
            )
        ) { call in
            let batch = try await RESTBatch.find(call, owns: true)
            var answer = RESTAnswer(events: try BatchStreams.answers(of: batch, call, follows: call.query.flag("follow")))
            answer.type = lines
            return answer
        },
        RESTOperation(
            id: "cancelBatch",
            method: .post,
            path: "batches/{batch}/cancel",
            role: .submit,
            summary:
                "Take back what of a batch has no outcome yet, and take no more of it. One that is run by a command is told to end.",
            success: .init(status: 200, summary: "The batch as it is then.")
        ) { call in
            let batch = try await RESTBatch.find(call)
            let id = batch.record.id
            if batch.record.upload != nil {
                _ = try await call.context.cancelUpload(id)
            } else {
                _ = try await call.context.cancelBatch(id)
            }
            return RESTAnswer(try await RESTBatch.find(call).json)
        },
        RESTOperation(
            id: "retryBatch",
            method: .post,
            path: "batches/{batch}/retry-failed",
            role: .submit,
            summary:
                "Ask those calls of a batch again that were not answered with ok, when it has ended. The new answers replace the old ones. It is your consent: what was started may have taken effect, unless safe leaves it out.",
            query: [
                .init("only", .text, "Only answers with these outcomes, commas between, such as unavailable,timedOut."),
                .init("safe", .flag, "Only calls with which that does no harm: \"safeToRetry\":true in their answers."),
            ],
            success: .init(status: 200, summary: "The batch as it is then, and in \"retried\" how many calls are asked again.")
        ) { call in
            let batch = try await RESTBatch.find(call, owns: true)
            guard batch.hasEnded else {
                throw Problem(409, "conflict", "batch \(batch.record.id) has not ended: wait for it, or cancel it")
            }
            let only = Set((call.query.text("only") ?? "").split(separator: ",").map(String.init))
            let known = RetrySelection.outcomes
            if let other = only.first(where: { $0 != "ok" && !known.contains($0) }) {
                let names = known.joined(separator: ", ")
                throw Problem(400, "invalidQuery", "there is no outcome '\(other.oneLine.prefix(60))': there are \(names)")
            }
            guard !only.contains("ok") else { throw Problem(400, "invalidQuery", "what was answered with ok is not asked again") }
            let visible = RESTBatch.visible(call.space)
            let selection = RetrySelection(only: only, isSafe: call.query.flag("safe"))
            let count = try await call.waiting.run {
                try await call.context.retryUpload(batch.record, selection, visible: visible)
            }
            var members = try await RESTBatch.find(call).json.objectValue ?? [:]
            members["retried"] = .integer(count)
            return RESTAnswer(.object(members))
        },
        RESTOperation(
            id: "removeBatch",
            method: .delete,
            path: "batches/{batch}",
            role: .submit,
            summary: "Throw away what is kept of a batch that the principal has uploaded and that has ended: calls and answers.",
            success: .init(status: 200, summary: "{\"removed\": id}")
        ) { call in
            let batch = try await RESTBatch.find(call, owns: true)
            guard batch.hasEnded else {
                throw Problem(409, "conflict", "batch \(batch.record.id) has not ended: cancel it first")
            }
            try await call.context.removeUpload(batch.record.id)
            return RESTAnswer(["removed": .string(batch.record.id)])
        },
    ]
}
