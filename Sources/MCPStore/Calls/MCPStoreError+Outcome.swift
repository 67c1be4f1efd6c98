import MCPStoreQueue
import NIOCore

extension MCPStoreError {
    /// The error of a call that ended without a result.
    init(_ outcome: Outcome, report: CallReport) {
        let what = "'\(report.tool)' of service '\(report.service)'"
        if outcome.kind == .protocolError {
            let error = JSONMembers.read(outcome.payload)
            let message = error?["message"]?.stringValue ?? "unreadable"
            let code = error?["code"]?.integerValue.map { " (\($0))" } ?? ""
            self.init(.protocolError, "the server answered the call of \(what) with an error: \(message.oneLine)\(code)")
            serverError = error
        } else {
            let reason = Reason(payload: outcome.payload)
            let hint = reason.hint.map { "; \($0)" } ?? ""
            let code: Code =
                switch outcome.kind {
                case .timedOut: .timedOut
                case .cancelled: .cancelled
                case .interrupted: .interrupted
                case .unavailable: .unavailable
                default: .unknown
                }
            self.init(code, "the call of \(what) ended as \(outcome.kind): \(reason.message.oneLine)\(hint.oneLine)")
        }
        call = report
    }
}

extension String {
    /// The text with line breaks and other control characters as spaces, of a bounded length.
    package var oneLine: String {
        let limit = 1000
        let text = String(
            String.UnicodeScalarView(unicodeScalars.prefix(limit).map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 })
        )
        return unicodeScalars.count > limit ? text + "…" : text
    }
}
