import MCPStoreProtocol
import NIOCore

/// One message of a client.
package enum ClientMessage: Sendable {
    case request(ClientRequest)
    case notification(method: String, params: ByteBuffer?)
    /// An answer to a request that this server never sends.
    case response

    /// How deep a message may be nested.
    static let maximumDepth = 128

    /// Takes a message apart, which is checked to be JSON as a whole on the way.
    ///
    /// - Throws: ``Unreadable`` with the id where there was a usable one.
    package init(_ message: ByteBuffer) throws(Unreadable) {
        var version = false
        var id, params: ByteBuffer?
        var hasID = false
        var isIDUsable = true
        var hasParams = false
        var method: String?
        var hasMethod = false
        var isAnswer = false
        do throws(JSONError) {
            try message.withJSONMembers(maximumDepth: Self.maximumDepth) { (key, value) throws(JSONError) in
                if key.equals("jsonrpc") {
                    version = value.equals("2.0")
                } else if key.equals("id") {
                    hasID = true
                    isIDUsable = value.isString || value.integer != nil
                    id = isIDUsable ? message.jsonSlice(value.range) : nil
                } else if key.equals("method") {
                    hasMethod = true
                    method = value.string
                } else if key.equals("params") {
                    hasParams = true
                    params = value.isObject ? message.jsonSlice(value.range) : nil
                } else if key.equals("result") || key.equals("error") {
                    isAnswer = true
                }
            }
        } catch {
            switch error.problem {
            case .notAnObject:
                let why = "the body must be one JSON-RPC message; batches are not taken"
                throw Unreadable(nil, ProtocolError(JSONRPCCode.invalidRequest, "Invalid request: \(why)"))
            case .tooDeep:
                let why = "nested deeper than \(Self.maximumDepth) levels"
                throw Unreadable(nil, ProtocolError(JSONRPCCode.invalidRequest, "Invalid request: \(why)"))
            default:
                throw Unreadable(nil, ProtocolError(JSONRPCCode.parseError, "Parse error: \(error)"))
            }
        }
        guard version else { throw Unreadable(id, Self.invalid("jsonrpc must be \"2.0\"")) }
        guard isIDUsable else { throw Unreadable(nil, Self.invalid("id must be a string or a whole number")) }
        guard hasMethod else {
            guard isAnswer else { throw Unreadable(id, Self.invalid("there is no method")) }
            self = .response
            return
        }
        guard let method else { throw Unreadable(id, Self.invalid("method must be a string")) }
        guard !hasParams || params != nil else { throw Unreadable(id, .invalidParams("params must be an object")) }
        guard hasID, let id else {
            self = .notification(method: method, params: params)
            return
        }
        do {
            self = .request(try ClientRequest(id: id, method: method, params: params))
        } catch {
            throw Unreadable(id, Self.invalid("\(error)"))
        }
    }

    private static func invalid(_ why: String) -> ProtocolError {
        ProtocolError(JSONRPCCode.invalidRequest, "Invalid request: \(why)")
    }

    /// Bytes that are no message.
    package struct Unreadable: Error {
        package let id: ByteBuffer?
        package let error: ProtocolError

        init(_ id: ByteBuffer?, _ error: ProtocolError) {
            self.id = id
            self.error = error
        }
    }
}
