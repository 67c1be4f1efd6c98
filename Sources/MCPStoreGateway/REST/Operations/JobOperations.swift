import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStore
import MCPStoreQueue
import NIOCore

extension RESTAPI {
    /// Calls that are left behind, and whose answers are fetched later, from any gateway.
    static let jobOperations: [RESTOperation] = [
        RESTOperation(
            id: "listJobs",
            method: .get,
            path: "jobs",
            role: .submit,
            summary:
                "List the jobs that the principal has left behind, newest first. With all=true, which needs the role operate, what is queued, delayed or runs in the space, whoever sent it.",
            query: [
                .init("service", .text, "Only those of a service."),
                .init("tool", .text, "Only those of a tool, by its own name."),
                .init("state", .choice(ListedJob.State.allCases.map(\.rawValue)), "Only those in this state."),
                .init("all", .flag, "Those of everybody, without what has ended. Default false."),
                .init(
                    "limit",
                    .count(1...500),
                    "At most so many; there may be fewer on a page that is not the last. Default 100."
                ),
                .init("cursor", .text, "'next' of the page before."),
            ],
            success: .init(status: 200, summary: "{\"jobs\": […], \"next\": cursor}; next is null at the end.")
        ) { call in
            let listing = try JobListing(call)
            return RESTAnswer(try await call.query.flag("all") ? listing.everybodys() : listing.own())
        },
        RESTOperation(
            id: "submitJob",
            method: .post,
            path: "jobs",
            role: .submit,
            summary:
                "Leave a call behind. It is durable before this is answered. With an Idempotency-Key the same call is the same job, for 24 hours after its end.",
            takesIdempotencyKey: true,
            body: .init(
                summary: "The call. The arguments reach the server as they are.",
                required: [("tool", "string")],
                optional: [("arguments", "object"), ("service", "string"), ("lane", "string"), ("timeoutMs", "integer")]
            ),
            success: .init(status: 202, summary: "The job. Its outcome is kept for 24 hours after its end.")
        ) { call in
            let job = try await JobSubmission(call).submit()
            var answer = RESTAnswer(raw: job.json)
            answer.status = 202
            answer.headers[.location] = "\(call.root)/jobs/\(job.id.text)"
            return answer
        },
        RESTOperation(
            id: "showJob",
            method: .get,
            path: "jobs/{job}",
            role: .submit,
            summary: "Show a job, with its result once it has one. Only who has submitted it finds it.",
            query: [.init("wait", .duration(most: .seconds(300)), "How long to wait for its end. Default not at all.")],
            success: .init(status: 200, summary: "The job: status is working, input_required, completed, failed or cancelled.")
        ) { call in
            let id = try RESTJob.id(call.variable("job"))
            let end = ContinuousClock.now + (call.query.duration("wait") ?? .zero)
            let first = try await RESTJob.find(id, call.space)
            guard first.state.end == nil, end > .now else { return RESTAnswer(raw: first.json) }
            let place = try call.follow()
            defer { place.end() }
            let job = try await call.waiting.run { () async throws -> RESTJob in
                // Short jobs are answered soon, long ones asked for seldom.
                var pause = Duration.milliseconds(100)
                while true {
                    try await Task.sleep(for: min(pause, max(end - .now, .zero)))
                    let job = try await RESTJob.find(id, call.space)
                    if job.state.end != nil || end <= .now { return job }
                    pause = min(pause * 2, longestPause)
                }
            }
            return RESTAnswer(raw: job.json)
        },
        RESTOperation(
            id: "cancelJob",
            method: .delete,
            path: "jobs/{job}",
            role: .submit,
            summary: "Take a job back. One that has ended stays as it is.",
            success: .init(status: 200, summary: "The job as it is then.")
        ) { call in
            let id = try RESTJob.id(call.variable("job"))
            return RESTAnswer(raw: try await RESTJob.cancel(id, call.space).json)
        },
        RESTOperation(
            id: "answerJob",
            method: .post,
            path: "jobs/{job}/input",
            role: .submit,
            summary:
                "Answer what the server of a job asks for: its status is input_required, and inputRequests says what. When all is answered the tool is called again with the answers.",
            body: .init(
                summary: "{\"inputResponses\": {…}}: an object for each of inputRequests, by its name, as of MCP 2026-07-28.",
                required: [("inputResponses", "object")]
            ),
            success: .init(status: 200, summary: "The job as it is then.")
        ) { call in
            let id = try RESTJob.id(call.variable("job"))
            let responses: RawObject
            do { responses = try RawObject(RawObject(call.body)["inputResponses"] ?? ByteBuffer()) } catch {
                throw Problem(400, "invalidBody", "'inputResponses' must be an object with the answers")
            }
            return RESTAnswer(raw: try await RESTJob.answer(id, responses, call.space).json)
        },
        RESTOperation(
            id: "followJob",
            method: .get,
            path: "jobs/{job}/events",
            role: .submit,
            summary: "Follow a job: an event with it now, and one when it has ended, which is the last.",
            success: .init(status: 200, summary: "Events whose data is the job.", type: "text/event-stream")
        ) { call in
            let id = try RESTJob.id(call.variable("job"))
            let first = try await RESTJob.find(id, call.space)
            return RESTAnswer(events: try events(of: first, call))
        },
    ]

    /// Between two looks at a job.
    private static let longestPause = Duration.seconds(1)

    /// - Throws: ``Problem`` 429 where the principal follows too much already.
    private static func events(of first: RESTJob, _ call: RESTCall) throws(Problem) -> ResponseBody {
        let place = try call.follow()
        return ResponseBody { writer in
            defer { place.end() }
            var heard = ContinuousClock.now
            var pause = Duration.milliseconds(50)
            try await writer.write(EventStream.event(first.json.inOneLine))
            var job = first
            while job.state.end == nil {
                do {
                    let time = pause
                    try await call.waiting.run { try await Task.sleep(for: time) }
                    pause = min(pause * 2, longestPause)
                    job = try await RESTJob.find(first.id, call.space)
                } catch let error as MCPStoreError where error.code == .redis {
                    // Redis is away: that changes nothing of the job.
                    continue
                } catch {
                    // The client, the gateway or the record goes away: whoever wants to know more asks again.
                    break
                }
                if job.state.end != nil {
                    try await writer.write(EventStream.event(job.json.inOneLine))
                } else if ContinuousClock.now - heard >= Exchange.quietTime {
                    heard = .now
                    try await writer.write(EventStream.keepAlive)
                }
            }
            try await writer.finish(nil)
        }
    }
}
