/// The messages that the tests send.
enum Messages {
    static let modernMeta =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#
    static let legacyInitialize =
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}"#

    static func request(_ method: String, id: String = "1", params: String = "") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(params)}}"#
    }

    static func modernRequest(_ method: String, id: String = "1", params: String = "") -> String {
        self.request(method, id: id, params: params.isEmpty ? self.modernMeta : "\(params),\(self.modernMeta)")
    }

    static func call(_ tool: String, _ arguments: String = "", id: String = "1", token: String? = nil) -> String {
        let meta = token.map { #","_meta":{"progressToken":\#($0)}"# } ?? ""
        return self.request("tools/call", id: id, params: #""name":"\#(tool)","arguments":{\#(arguments)}\#(meta)"#)
    }

    static func modernCall(_ tool: String, _ arguments: String = "", id: String = "1") -> String {
        self.modernRequest("tools/call", id: id, params: #""name":"\#(tool)","arguments":{\#(arguments)}"#)
    }

    static func cancel(id: String) -> String {
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id),"reason":"test"}}"#
    }
}
