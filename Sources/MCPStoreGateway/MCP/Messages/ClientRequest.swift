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
        let object: RawObject
        do { object = try RawObject(params) } catch { throw .invalidParams("not an object") }
        for name in Self.decisive where object.members.count(where: { $0.name.lowercased() == name }) > 1 {
            throw .invalidParams("'\(name)' is there more than once: it would be up to the server which one counts")
        }
        return object
    }

    /// Members by which it is decided what a request may do. Servers differ in which of two counts, and some do not tell cases apart.
    private static let decisive = ["name", "uri", "ref", "arguments", "_meta", "task"]
}
