import Foundation
import NIOCore
import NIOHTTP1

/// An HTTP answer whose status is none of success.
struct HTTPRefusal: Sendable {
    /// The status.
    var status: HTTPResponseStatus
    /// The header fields.
    var headers: HTTPHeaders
    /// The beginning of the body.
    var body: ByteBuffer

    /// The JSON-RPC message in the body.
    var answer: AnswerPeek {
        guard HTTPContentType(self.headers) == .json else { return AnswerPeek() }
        return AnswerPeek(self.body)
    }

    /// Says what the status means and what to do.
    ///
    /// - Parameters:
    ///   - origin: Who answered.
    ///   - redact: Takes secrets out of a text.
    func error(origin: HTTPEndpoint.Origin, hasCredentials: Bool, redact: (String) -> String) -> MCPError {
        let code: MCPError.Code = self.status == .unauthorized || self.status == .forbidden ? .unauthorized : .httpStatus
        return MCPError(
            code,
            "\(origin) answered \(self.status.code)\(self.advice(hasCredentials: hasCredentials))",
            detail: HTTPExcerpt.text(self.body, headers: self.headers).map(redact),
            requestWasWritten: true,
            httpStatus: Int(self.status.code),
            retryAfter: self.retryAfter
        )
    }

    /// `Retry-After` of a 429 or 503: seconds, or a date (RFC 9110 section 10.2.3).
    private var retryAfter: Duration? {
        guard [429, 503].contains(self.status.code), let text = self.headers.first(name: "retry-after") else { return nil }
        if let seconds = Int(text) { return .seconds(min(max(seconds, 0), 86_400)) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = format.date(from: text) else { return nil }
        return .seconds(min(max(date.timeIntervalSinceNow, 0), 86_400))
    }

    private func advice(hasCredentials: Bool) -> String {
        switch self.status.code {
        case 401, 403:
            hasCredentials
                ? " \(self.status.reasonPhrase): the server does not accept the Authorization header that is set for this service"
                : " \(self.status.reasonPhrase): set the header Authorization, or the one that the server wants, under headers of this service"
        case 300...399:
            ": it points to \(self.redirectHost); redirects are not followed, so set the service's url to the new address"
        case 404, 405: " \(self.status.reasonPhrase): check the path of the service's url, and its transport"
        case 406, 415: " \(self.status.reasonPhrase): is this an MCP server?"
        default: " \(self.status.reasonPhrase)"
        }
    }

    /// Where a redirect leads: its host only, since the rest may hold secrets.
    private var redirectHost: String {
        guard let location = self.headers.first(name: "location") else { return "nowhere" }
        guard let endpoint = try? HTTPEndpoint(location) else { return "another path of the same host" }
        return endpoint.origin.description
    }
}
