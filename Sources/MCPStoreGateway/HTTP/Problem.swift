import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStore
import MCPStoreQueue
import NIOCore

/// An answer that says what is wrong, as RFC 9457 writes it: `application/problem+json`.
package struct Problem: Error, Sendable, Equatable {
    /// The HTTP status.
    package var status: Int
    /// One clear line for a person.
    package var detail: String
    /// What machines tell it by, such as `busy`.
    package var kind: String
    /// The methods that are allowed, with status 405.
    package var allow: String?
    /// Seconds after which it may be worth to try again.
    package var retryAfter: Int?
    /// How to say who one is, with status 401 (RFC 6750).
    package var authenticate: String?
    /// The role that is missing, with status 403.
    package var missing: AccessRole?
    /// More members: what machines want to know of where, who and when.
    package var members: [String: JSONValue] = [:]

    package init(_ status: Int, _ kind: String, _ detail: String, allow: String? = nil, retryAfter: Int? = nil) {
        self.status = status
        self.kind = kind
        self.detail = detail
        self.allow = allow
        self.retryAfter = retryAfter
    }

    /// The problem that an error of the store is.
    package init(_ error: MCPStoreError) {
        let status: Int =
            switch error.code {
            case .busy: 429
            case .invalidName, .invalidArguments, .badConfiguration, .invalidServices, .ambiguousTool, .ambiguousPrompt,
                .ambiguousResource:
                400
            case .unknownService, .unknownTool, .unknownPrompt, .unknownResource, .unknownDeadLetter, .unknownWorker,
                .unknownBatch:
                404
            case .conflict: 409
            case .rejected: 422
            case .protocolError, .interrupted, .unknown: 502
            case .timedOut: 504
            case .redis, .notAccepted, .closed, .unavailable, .notReady, .cancelled: 503
            default: 500
            }
        self.init(status, error.code.description, error.message)
        if let wait = error.retryAfter { retryAfter = max(1, Int((wait / .seconds(1)).rounded(.up))) }
        if error.code == .busy { retryAfter = retryAfter ?? 1 }
        members = Refusals.members(error)
        members["kind"] = nil
        if !error.problems.isEmpty {
            members["problems"] = .array(error.problems.map { ["service": .string($0.service), "problem": .string($0.problem)] })
        }
        if let serverError = error.serverError { members["serverError"] = serverError }
    }

    /// Nobody, or not somebody who is known.
    ///
    /// - Parameter error: The error code of RFC 6750; `nil` where no token came.
    static func unauthorized(_ detail: String, error: String?) -> Problem {
        var problem = Problem(401, "unauthorized", detail)
        problem.authenticate = Self.challenge(error: error, [])
        return problem
    }

    /// A value of `WWW-Authenticate` (RFC 6750, section 3).
    ///
    /// - Parameter parameters: More of them; values without quotation marks.
    static func challenge(error: String?, _ parameters: [(name: String, value: String)]) -> String {
        var parts = ["realm=\"mcpstore\""]
        if let error { parts.append("error=\"\(error)\"") }
        parts += parameters.map { "\($0.name)=\"\($0.value)\"" }
        return "Bearer " + parts.joined(separator: ", ")
    }

    /// What the statuses in use are called (RFC 9110, RFC 6585).
    private static let titles = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        406: "Not Acceptable", 409: "Conflict", 413: "Content Too Large", 415: "Unsupported Media Type",
        421: "Misdirected Request", 422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error",
        502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    ]

    /// The HTTP response.
    package var response: Response {
        var members = members
        let own: [String: JSONValue] = [
            "type": "about:blank", "status": .integer(status), "detail": .string(detail), "kind": .string(kind),
        ]
        members.merge(own) { $1 }
        if let title = Self.titles[status] { members["title"] = .string(title) }
        var headers: HTTPFields = [.contentType: "application/problem+json", .contentTypeOptions: "nosniff"]
        if let allow { headers[.allow] = allow }
        if let authenticate { headers[.wwwAuthenticate] = authenticate }
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        return Response(
            status: HTTPResponse.Status(code: status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: JSONValue.object(members).description))
        )
    }
}
