import NIOCore

/// One JSON-RPC message of a server, taken apart in one pass; the parts are slices of what came.
package enum IncomingMessage: Sendable, Equatable {
    /// What a server tells without being asked.
    package enum Notification: Sendable, Equatable {
        case progress, listChanged(ListKind), log, cancelled, other(String)
    }

    /// An answer with a result. `id` is `nil` when it is none that this client could have sent.
    case result(id: Int?, ByteBuffer, isError: Bool, ResultType)
    /// An answer with an error.
    case error(id: Int?, ByteBuffer, code: Int)
    /// A request of the server; `id` is its raw JSON.
    case request(id: ByteBuffer, method: String)
    /// A notification with its raw parameters.
    case notification(Notification, params: ByteBuffer?)

    /// Takes a message apart.
    ///
    /// - Throws: ``JSONError`` for what is no JSON object. Returns `nil` for an object that is no JSON-RPC message.
    package static func parse(_ message: ByteBuffer, maximumDepth: Int) throws(JSONError) -> IncomingMessage? {
        var id: Int?
        var idRange, paramsRange, resultRange, errorRange: Range<Int>?
        var notification: Notification?
        var method: String?
        try message.withJSONMembers(maximumDepth: maximumDepth) { (key, value) throws(JSONError) in
            if key.equals("id") {
                (id, idRange) = (value.integer, value.range)
            } else if key.equals("result") {
                resultRange = value.range
            } else if key.equals("error") {
                errorRange = value.range
            } else if key.equals("params") {
                paramsRange = value.range
            } else if key.equals("method") {
                // Nothing is built for the notifications that come in floods.
                notification = self.frequentNotification(value)
                if notification == nil { method = value.string }
            }
        }
        if let range = resultRange, idRange != nil {
            let result = message.jsonSlice(range)
            let (isError, type) = try self.head(of: result)
            return .result(id: id, result, isError: isError, type)
        }
        if let range = errorRange {
            let error = message.jsonSlice(range)
            return .error(id: id, error, code: try self.code(of: error))
        }
        if let method, let range = idRange { return .request(id: message.jsonSlice(range), method: method) }
        guard idRange == nil, let notification = notification ?? method.map({ .other($0) }) else { return nil }
        return .notification(notification, params: paramsRange.map { message.jsonSlice($0) })
    }

    private static func frequentNotification(_ method: JSONSlice) -> Notification? {
        if method.equals("notifications/progress") { return .progress }
        if method.equals("notifications/message") { return .log }
        if method.equals("notifications/cancelled") { return .cancelled }
        if method.equals("notifications/tools/list_changed") { return .listChanged(.tools) }
        if method.equals("notifications/resources/list_changed") { return .listChanged(.resources) }
        if method.equals("notifications/prompts/list_changed") { return .listChanged(.prompts) }
        return nil
    }

    /// The two members of a result that decide what becomes of it.
    private static func head(of result: ByteBuffer) throws(JSONError) -> (isError: Bool, type: ResultType) {
        var isError = false
        var type = ResultType.complete
        guard result.getInteger(at: result.readerIndex, as: UInt8.self) == Byte.openBrace else { return (isError, type) }
        try result.withJSONMembers(maximumDepth: .max) { (key, value) throws(JSONError) in
            if key.equals("isError") {
                isError = value.bool ?? false
            } else if key.equals("resultType") {
                type = ResultType(value)
            }
        }
        return (isError, type)
    }

    private static func code(of error: ByteBuffer) throws(JSONError) -> Int {
        var code: Int?
        guard error.getInteger(at: error.readerIndex, as: UInt8.self) == Byte.openBrace else { return JSONRPCCode.internalError }
        try error.withJSONMembers(maximumDepth: .max) { (key, value) throws(JSONError) in
            if key.equals("code") { code = value.integer }
        }
        return code ?? JSONRPCCode.internalError
    }
}

extension ResultType {
    fileprivate init(_ value: JSONSlice) {
        if value.equals("complete") {
            self = .complete
        } else if value.equals("input_required") {
            self = .inputRequired
        } else if value.equals("task") {
            self = .task
        } else {
            self = .other(value.string ?? "")
        }
    }
}
