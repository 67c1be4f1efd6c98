/// A JSON-RPC error answer.
struct ProtocolError: Error, Equatable {
    static let parseError = -32700
    static let invalidRequest = -32600
    static let methodNotFound = -32601
    static let invalidParams = -32602
    static let internalError = -32603
    static let headerMismatch = -32020
    static let unsupportedRevision = -32022

    let code: Int
    let message: String
    /// The `data` member as JSON text.
    var data: String?

    /// The HTTP status that carries the error. Legacy servers answer errors of methods with 200.
    func httpStatus(in era: Era) -> UInt {
        switch (self.code, era) {
        case (Self.parseError, _), (Self.invalidRequest, _): 400
        case (Self.invalidParams, .modern), (Self.headerMismatch, .modern), (Self.unsupportedRevision, _): 400
        case (Self.methodNotFound, .modern): 404
        default: 200
        }
    }

    static func methodNotFound(_ method: String) -> Self {
        Self(code: Self.methodNotFound, message: "Method not found: \(method)")
    }

    static func unsupportedRevision(_ requested: String, by support: EraSupport) -> Self {
        let supported = support.revisions.map { "\"\($0)\"" }.joined(separator: ",")
        return Self(
            code: Self.unsupportedRevision,
            message: "Unsupported protocol version",
            data: "{\"supported\":[\(supported)],\"requested\":\(jsonText(requested))}"
        )
    }
}
