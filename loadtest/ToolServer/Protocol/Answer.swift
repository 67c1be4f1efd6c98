import NIOCore

/// Writes JSON-RPC messages.
enum Answer {
    static let serverInfo = #"{"name":"toolserver","title":"Tool server","version":"1.0.0"}"#
    private static let modernMembers = #"","_meta":{"io.modelcontextprotocol/serverInfo":"# + serverInfo + "}"

    /// A result whose members, beyond those of the era, `members` writes (`"a":1,"b":2`).
    static func writeResult(
        to buffer: inout ByteBuffer,
        id: JSONSlice,
        era: Era,
        type: StaticString = "complete",
        members: (inout ByteBuffer) -> Void
    ) {
        buffer.writeStaticString(#"{"jsonrpc":"2.0","id":"#)
        buffer.write(id)
        buffer.writeStaticString(#","result":{"#)
        if era == .modern {
            buffer.writeStaticString(#""resultType":""#)
            buffer.writeStaticString(type)
            buffer.writeString(Self.modernMembers)
            buffer.writeStaticString(",")
        }
        members(&buffer)
        buffer.writeStaticString("}}")
    }

    /// The empty result, which only legacy methods have.
    static func writeEmptyResult(to buffer: inout ByteBuffer, id: JSONSlice) {
        buffer.writeStaticString(#"{"jsonrpc":"2.0","id":"#)
        buffer.write(id)
        buffer.writeStaticString(#","result":{}}"#)
    }

    static func writeError(_ error: ProtocolError, to buffer: inout ByteBuffer, id: JSONSlice?) {
        buffer.writeStaticString(#"{"jsonrpc":"2.0","id":"#)
        if let id { buffer.write(id) } else { buffer.writeStaticString("null") }
        buffer.writeString(#","error":{"code":\#(error.code),"message":"#)
        buffer.writeJSON(error.message)
        if let data = error.data { buffer.writeString(#","data":\#(data)"#) }
        buffer.writeStaticString("}}")
    }

    static func writeNotification(_ method: StaticString, to buffer: inout ByteBuffer, params: (inout ByteBuffer) -> Void) {
        buffer.writeStaticString(#"{"jsonrpc":"2.0","method":""#)
        buffer.writeStaticString(method)
        buffer.writeStaticString(#"","params":{"#)
        params(&buffer)
        buffer.writeStaticString("}}")
    }
}
