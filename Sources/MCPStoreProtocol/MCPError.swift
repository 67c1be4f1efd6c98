/// What went wrong between this client and an MCP server. Never holds a secret: headers, environment and bodies stay out of it.
package struct MCPError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String, Sendable {
            case startFailed, closed, timedOut, cancelled, protocolViolation, tooLarge, unauthorized, httpStatus, unreachable
            case unsupportedVersion, rejected, busy, invalidRequest, forbiddenAddress
        }

        private let base: Base

        private init(_ base: Base) {
            self.base = base
        }

        /// The server could not be started, or ended before it answered for the first time.
        package static let startFailed = Self(.startFailed)
        /// The session is closed: by us, or because the server ended.
        package static let closed = Self(.closed)
        /// No answer came in time.
        package static let timedOut = Self(.timedOut)
        /// The caller cancelled the request.
        package static let cancelled = Self(.cancelled)
        /// The server sent what the protocol does not allow.
        package static let protocolViolation = Self(.protocolViolation)
        /// A message is over its limit.
        package static let tooLarge = Self(.tooLarge)
        /// The server asks for credentials or refuses ours (HTTP 401, 403).
        package static let unauthorized = Self(.unauthorized)
        /// The server answered with an HTTP status that is no answer to a request.
        package static let httpStatus = Self(.httpStatus)
        /// The server cannot be reached: address, connection or TLS.
        package static let unreachable = Self(.unreachable)
        /// The server speaks no protocol revision that we know.
        package static let unsupportedVersion = Self(.unsupportedVersion)
        /// The server answered a request of the session's own with an error.
        package static let rejected = Self(.rejected)
        /// A bound of this session is reached; nothing was written. Try again later.
        package static let busy = Self(.busy)
        /// The request cannot be sent as it is: its parameters are no JSON object.
        package static let invalidRequest = Self(.invalidRequest)
        /// The address is private, link-local or otherwise not allowed by policy.
        package static let forbiddenAddress = Self(.forbiddenAddress)

        package var description: String { self.base.rawValue }
    }

    /// The kind of failure.
    package var code: Code
    /// What failed, where, and what to do.
    package var message: String
    /// More for a person, such as the last lines of the child's standard error.
    package var detail: String?
    /// Whether the first byte of the request was handed to the server. When `false`, the server cannot have seen the request.
    package var requestWasWritten: Bool
    /// The HTTP status, when there was one.
    package var httpStatus: Int?
    /// How long the server asks to wait (`Retry-After`), when it said so.
    package var retryAfter: Duration?

    package init(
        _ code: Code,
        _ message: String,
        detail: String? = nil,
        requestWasWritten: Bool = false,
        httpStatus: Int? = nil,
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.message = message
        self.detail = detail
        self.requestWasWritten = requestWasWritten
        self.httpStatus = httpStatus
        self.retryAfter = retryAfter
    }

    /// Whether the server wants fewer requests (RFC 6585 section 4, RFC 9110 sections 10.2.3 and 15.6.4).
    package var asksForPause: Bool { httpStatus == 429 || httpStatus == 503 && retryAfter != nil }

    /// Whether the server refused the request and certainly did not run it (RFC 6585 section 4). Not so with 503: it says nothing of whether
    /// the request had an effect, and a proxy may say it after the server behind it has died of the request.
    package var wasNotRun: Bool { httpStatus == 429 }

    /// Whether the request failed on its way: no answer of the server is known.
    package var isTransportFailure: Bool {
        switch code {
        case .closed, .unreachable, .startFailed: true
        case .httpStatus: httpStatus.map { (500...599).contains($0) } ?? false
        default: false
        }
    }

    /// The same error for a request of which the first byte was, or was not, written.
    package func written(_ wasWritten: Bool) -> MCPError {
        var copy = self
        copy.requestWasWritten = wasWritten
        return copy
    }

    package var description: String {
        guard let detail = self.detail, !detail.isEmpty else { return "\(self.code): \(self.message)" }
        return "\(self.code): \(self.message)\n\(detail)"
    }
}
