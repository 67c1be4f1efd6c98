import MCPStoreQueue
import NIOCore

extension MCPStoreError {
    /// The error of a call that ended without a result.
    init(_ outcome: Outcome, method: String, report: CallReport) {
        // The record of a durable job does not say which tool it called.
        let tool = report.tool.isEmpty ? "" : "of '\(report.tool.oneLine)' "
        let what = "\(method == "tools/call" ? "call" : "request \(method)") \(tool)of service '\(report.service)'"
        self.init(outcome, of: what, report: report)
    }

    /// - Parameter what: How the call is named, such as `call on line 7`.
    init(_ outcome: Outcome, of what: String, report: CallReport) {
        if outcome.kind == .protocolError {
            let error = JSONMembers.read(outcome.payload)
            let message = error?["message"]?.stringValue ?? "unreadable"
            let code = error?["code"]?.integerValue.map { " (\($0))" } ?? ""
            self.init(.protocolError, "the server answered the \(what) with an error: \(message.oneLine)\(code)")
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
            let place = outcome.kind == .cancelled ? Self.place(reason, report) : ""
            self.init(code, "the \(what) ended as \(outcome.kind): \(reason.message.oneLine)\(place)\(hint.oneLine)")
            retryAfter = reason.retryAfterMs.map { .milliseconds(min(max($0, 0), 1 << 40)) }
        }
        call = report
    }

    /// Where a call was that was taken back.
    private static func place(_ reason: Reason, _ report: CallReport) -> String {
        if reason.phase == Reason.Phase.waiting.rawValue { return " while it waited" }
        return report.worker.map { " while it ran on worker \($0.oneLine): it may have taken effect" } ?? ""
    }

    /// Whether making the call again that this is the end of does no harm. Where it says nothing of a call that was accepted, only what refuses
    /// one certainly does not run it.
    public var isSafeToRetry: Bool {
        if let call { return call.isSafeToRetry }
        switch code {
        case .invalidArguments, .unknownTool, .ambiguousTool, .unknownService, .rejected, .busy: return true
        default: return false
        }
    }

    /// The same with the caller's name for the service in the place of the stored one.
    func naming(_ target: CallTarget) -> MCPStoreError {
        guard target.serviceName != target.service.name else { return self }
        var error = MCPStoreError(code, message.replacing(target.service.name, with: target.serviceName))
        error.problems = problems
        error.suggestions = suggestions
        error.serverError = serverError
        error.call = call
        error.retryAfter = retryAfter
        error.isForgotten = isForgotten
        return error
    }
}

extension Unicode.Scalar {
    /// Whether it may do something to a terminal instead of being shown: C0, DEL and C1.
    package var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}

extension String {
    /// The text with line breaks and other control characters as spaces, of a bounded length.
    package var oneLine: String {
        let limit = 1000
        let text = String(
            String.UnicodeScalarView(unicodeScalars.prefix(limit).map { $0.isControl ? " " : $0 })
        )
        return unicodeScalars.count > limit ? text + "…" : text
    }
}
