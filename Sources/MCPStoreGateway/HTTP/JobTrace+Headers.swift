import HTTPTypes
import MCPStoreQueue

extension JobTrace {
    /// The trace that a request's headers name; several of `tracestate` count as one list (W3C Trace Context, section 3.3).
    init?(_ headers: HTTPFields) {
        guard let parent = headers[.traceparent] else { return nil }
        self.init(traceparent: parent, tracestate: headers[.tracestate])
    }
}
