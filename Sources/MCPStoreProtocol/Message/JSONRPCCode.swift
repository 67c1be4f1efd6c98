/// Error codes of JSON-RPC 2.0 and of MCP.
package enum JSONRPCCode {
    package static let parseError = -32700
    package static let invalidRequest = -32600
    package static let methodNotFound = -32601
    package static let invalidParams = -32602
    package static let internalError = -32603
    /// 2026-07-28: headers and body of an HTTP request say different things.
    package static let headerMismatch = -32020
    /// 2026-07-28: the request needs a capability that the client did not declare.
    package static let missingClientCapability = -32021
    /// 2026-07-28: the server does not speak the protocol version of the request; `data.supported` says what it speaks.
    package static let unsupportedProtocolVersion = -32022
}
