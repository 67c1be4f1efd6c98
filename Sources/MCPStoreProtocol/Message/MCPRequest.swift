import NIOCore

/// One request to an MCP server, as a caller gives it to a session.
package struct MCPRequest: Sendable {
    /// Trace context of the caller (W3C Trace Context), sent on in `_meta`.
    package struct TraceContext: Sendable, Equatable {
        /// The value of `traceparent`.
        package var traceparent: String?
        /// The value of `tracestate`.
        package var tracestate: String?

        package init(traceparent: String? = nil, tracestate: String? = nil) {
            self.traceparent = traceparent
            self.tracestate = tracestate
        }
    }

    /// The method, such as `tools/call`.
    package var method: String
    /// The parameters: a raw JSON object, forwarded as it is except for `_meta`; `nil` means none.
    package var params: ByteBuffer?
    /// The tool's or prompt's name, or the resource's URI: HTTP sends it as `Mcp-Name`.
    package var name: String?
    /// How long the answer may take, counted from `send`.
    package var timeout: Duration
    /// Trace context of the caller.
    package var meta: TraceContext
    /// Called on the session's event loop with the raw parameters of every `notifications/progress` for this request, in which
    /// `progressToken` is the session's own; `nil` asks for no progress.
    package var onProgress: (@Sendable (_ params: ByteBuffer) -> Void)?
    /// The least severe log message that is wanted, such as `info` (2026-07-28, "Logging"); `nil` asks for none.
    package var logLevel: String?
    /// Called on the session's event loop with the raw parameters of every `notifications/message` that came on the stream of this
    /// request's own answer; where all requests share one stream nobody can tell whose it is.
    package var onLog: (@Sendable (_ params: ByteBuffer) -> Void)?
    /// Headers that HTTP sends with the request, `Mcp-Param-*`.
    package var parameterHeaders: [HTTPHeader]

    package init(
        method: String,
        params: ByteBuffer? = nil,
        name: String? = nil,
        timeout: Duration = .seconds(60),
        meta: TraceContext = TraceContext(),
        onProgress: (@Sendable (_ params: ByteBuffer) -> Void)? = nil,
        logLevel: String? = nil,
        onLog: (@Sendable (_ params: ByteBuffer) -> Void)? = nil,
        parameterHeaders: [HTTPHeader] = []
    ) {
        self.method = method
        self.params = params
        self.name = name
        self.timeout = timeout
        self.meta = meta
        self.onProgress = onProgress
        self.logLevel = logLevel
        self.onLog = onLog
        self.parameterHeaders = parameterHeaders
    }
}
