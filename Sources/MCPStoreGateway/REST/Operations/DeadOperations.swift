import Foundation
import HTTPTypes
import MCPStore
import MCPStoreQueue
import NIOCore

extension RESTAPI {
    private static let filters: [RESTOperation.Parameter] = [
        .init("service", .text, "Only those of a service."),
        .init("tool", .text, "Only those of a tool, by its own name."),
        .init("reason", .text, "Only those whose reason holds this text."),
        .init("since", .duration(most: .seconds(7 * 86_400)), "Only those given up in this last time."),
        .init("limit", .count(1...1000), "The newest ones, at most so many. Default 100."),
    ]

    /// The calls that were given up: what `mcpstore dead` does.
    static let deadOperations: [RESTOperation] = [
        RESTOperation(
            id: "listDeadLetters",
            method: .get,
            path: "dead",
            role: .operate,
            summary: "List the calls that were given up, newest first, without their arguments.",
            query: filters,
            success: .init(status: 200, summary: "An array of dead letters.")
        ) { call in
            RESTAnswer(.array(call.space.visible(try await call.context.deadLetters(filter(call.query))).map(DeadOutput.json)))
        },
        RESTOperation(
            id: "purgeDeadLetters",
            method: .delete,
            path: "dead",
            role: .operate,
            summary: "Throw dead letters away: those of a filter, or all. At most 1000 at a time: the answer says how many.",
            query: filters + [.init("all", .flag, "All of the space.")],
            success: .init(status: 200, summary: "{\"purged\": count}")
        ) { call in
            let query = call.query
            let selects = ["service", "tool", "reason"].contains { query.text($0) != nil } || query.duration("since") != nil
            // A change of many letters is asked for in words, never by leaving words out.
            guard selects != query.flag("all") else {
                throw Problem(400, "invalidQuery", "say which: a filter such as service=NAME, or all=true, not both")
            }
            let ids = call.space.visible(try await call.context.deadLetters(filter(query, most: 1000))).map(\.id)
            return RESTAnswer(["purged": .integer(try await call.context.purgeDeadLetters(ids))])
        },
        RESTOperation(
            id: "showDeadLetter",
            method: .get,
            path: "dead/{letter}",
            role: .operate,
            summary: "Show a call that was given up, with its arguments as they were sent.",
            success: .init(status: 200, summary: "The dead letter.")
        ) { call in
            RESTAnswer(DeadOutput.json(try await call.space.deadLetter(call.variable("letter"))))
        },
        RESTOperation(
            id: "purgeDeadLetter",
            method: .delete,
            path: "dead/{letter}",
            role: .operate,
            summary: "Throw a dead letter away.",
            success: .init(status: 200, summary: "{\"purged\": count}")
        ) { call in
            try await call.space.check(deadLetter: call.variable("letter"))
            return RESTAnswer(["purged": .integer(try await call.context.purgeDeadLetters([call.variable("letter")]))])
        },
        RESTOperation(
            id: "replayDeadLetter",
            method: .post,
            path: "dead/{letter}/replay",
            role: .operate,
            summary: "Run a call again that was given up. Find out first what it does to its server.",
            query: [
                .init(
                    "timeout",
                    .duration(most: StoreContext.longestTimeout),
                    "How long it may take. Default: as long as the call that died."
                )
            ],
            success: .init(status: 202, summary: "The letter, and the job whose answer replays/{job} has for 24 hours.")
        ) { call in
            let letter = call.variable("letter")
            try await call.space.check(deadLetter: letter)
            let job = try await call.context.replay(letter, timeout: call.query.duration("timeout"))
            var answer = RESTAnswer(["letter": .string(letter), "job": .string(job)], status: 202)
            answer.headers[.location] = "\(call.root)/replays/\(job)"
            return answer
        },
        RESTOperation(
            id: "showReplay",
            method: .get,
            path: "replays/{job}",
            role: .operate,
            summary: "Show how a replay ended.",
            success: .init(status: 200, summary: "The outcome, null while it goes on, and the result.")
        ) { call in
            let job = call.variable("job")
            do throws(MCPStoreError) {
                guard let result = try await call.context.replayAnswer(job) else {
                    return RESTAnswer(["job": .string(job), "outcome": .null])
                }
                // Of the replay no more is known than its service.
                try call.space.check(service: result.report.service)
                return RESTAnswer(raw: .init(string: JSONOutput.answer(result.report, result.rawJSON)))
            } catch {
                // How it ended is what was asked for.
                guard let report = error.call else { throw error }
                try call.space.check(service: report.service)
                return RESTAnswer(JSONOutput.error(error))
            }
        },
    ]

    private static func filter(_ query: RESTQuery, most: Int = 100) -> DeadFilter {
        DeadFilter(
            service: query.text("service"),
            tool: query.text("tool"),
            reason: query.text("reason"),
            since: query.duration("since").map { Int(Date().timeIntervalSince1970 * 1000) - $0.microseconds / 1000 },
            limit: query.count("limit") ?? most
        )
    }
}
