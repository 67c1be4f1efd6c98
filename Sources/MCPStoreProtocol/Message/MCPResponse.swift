import NIOCore

/// How a request ended. The bytes are slices of what the server sent, not re-encoded.
package enum MCPResponse: Sendable {
    /// The server answered.
    ///
    /// - `result`: the raw value of `result`.
    /// - `isError`: whether its member `isError` is `true`: a tool reports its own failure.
    /// - `resultType`: its member `resultType`; absent means complete.
    case result(_ result: ByteBuffer, isError: Bool, resultType: ResultType)
    /// The server answered with a JSON-RPC error: the raw value of `error`, and its code.
    case error(_ error: ByteBuffer, code: Int)
    /// No answer came; the error says whether the server may have seen the request.
    case failed(MCPError)
}
