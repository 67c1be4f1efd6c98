import MCPStoreProtocol
import NIOCore

/// One request of a client, taken apart as far as the front door must.
package struct ClientRequest: Sendable {
    /// The raw JSON of its id: a string or a whole number.
    package let id: ByteBuffer
    package let method: String
    /// The raw parameters: a JSON object; `nil` means none.
    package let params: ByteBuffer?
    /// What its `params._meta` says.
    package let meta: RequestMeta

    package init(id: ByteBuffer, method: String, params: ByteBuffer?) throws(JSONError) {
        self.id = id
        self.method = method
        self.params = params
        self.meta = try RequestMeta(params: params)
    }

    /// The parameters, taken apart.
    func parameters() throws(ProtocolError) -> RawObject {
        guard let params else { return RawObject() }
        do { return try RawObject(params) } catch { throw .invalidParams("not an object") }
    }
}
