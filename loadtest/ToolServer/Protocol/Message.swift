/// One message from a client, taken apart as far as every message is.
enum Message {
    case request(Request)
    case notification(method: String, params: JSONSlice?)
    /// An answer to a request that this server never sends.
    case response

    /// - Throws: ``MessageError``, which holds the id when there was a usable one.
    init(parsing bytes: [UInt8]) throws(MessageError) {
        let envelope: JSONSlice
        do {
            envelope = try JSONSlice(parsing: bytes)
        } catch {
            throw MessageError(id: nil, error: ProtocolError(code: ProtocolError.parseError, message: "Parse error: \(error)"))
        }
        var version, id, method, params: JSONSlice?
        var isAnswer = false
        envelope.forEachMember { key, value in
            if key.isString("jsonrpc") {
                version = value
            } else if key.isString("id") {
                id = value
            } else if key.isString("method") {
                method = value
            } else if key.isString("params") {
                params = value
            } else if key.isString("result") || key.isString("error") {
                isAnswer = true
            }
            return true
        }
        let isIDUsable = id.map { $0.kind == .string || $0.integer != nil } ?? true
        func invalid(_ why: String) -> MessageError {
            let error = ProtocolError(code: ProtocolError.invalidRequest, message: "Invalid request: \(why)")
            return MessageError(id: isIDUsable ? id : nil, error: error)
        }
        guard envelope.kind == .object else { throw invalid("a message is one JSON object") }
        guard version?.isString("2.0") == true else { throw invalid("jsonrpc must be \"2.0\"") }
        guard isIDUsable else { throw invalid("id must be a string or an integer") }
        guard let method else {
            guard isAnswer else { throw invalid("no method") }
            self = .response
            return
        }
        guard let method = method.string else { throw invalid("method must be a string") }
        guard params.map({ $0.kind == .object }) ?? true else { throw invalid("params must be an object") }
        if let id {
            self = .request(Request(id: id, method: method, params: params))
        } else {
            self = .notification(method: method, params: params)
        }
    }
}

/// Bytes that are no usable message.
struct MessageError: Error {
    let id: JSONSlice?
    let error: ProtocolError
}
