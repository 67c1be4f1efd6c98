import NIOCore

/// The prompts of the server.
enum Prompts {
    static let list = [
        #"{"name":"greeting","title":"Greeting","description":"Greets somebody","arguments":[{"name":"name","description":"Whom","required":true},{"name":"style","description":"polite or short","required":false}]}"#,
        #"{"name":"plain","description":"Has no arguments"}"#,
    ]

    /// Writes the result of prompts/get.
    static func get(_ name: String?, _ arguments: JSONSlice?, to buffer: inout ByteBuffer) throws(ProtocolError) {
        let text: String
        switch name {
        case "greeting":
            guard let whom = arguments?.member("name")?.string else {
                throw ProtocolError(code: ProtocolError.invalidParams, message: "The argument name is missing")
            }
            text = arguments?.member("style")?.string == "short" ? "Hi \(whom)" : "Good day, \(whom)."
        case "plain":
            text = "Say something."
        default:
            throw ProtocolError(code: ProtocolError.invalidParams, message: "Unknown prompt: \(name ?? "(no name)")")
        }
        buffer.writeString(#""description":"A prompt","messages":[{"role":"user","content":{"type":"text","text":"#)
        buffer.writeJSON(text)
        buffer.writeStaticString("}}]")
    }

    /// Writes the result of completion/complete: the styles of a greeting that begin so.
    static func complete(_ params: JSONSlice?, to buffer: inout ByteBuffer) {
        let argument = params?.member("argument")
        let isStyle = params?.member("ref")?.member("name")?.string == "greeting" && argument?.member("name")?.string == "style"
        let typed = argument?.member("value")?.string ?? ""
        let values = (isStyle ? ["polite", "short"] : []).filter { $0.hasPrefix(typed) }
        let texts = values.map(jsonText).joined(separator: ",")
        buffer.writeString("\"completion\":{\"values\":[\(texts)],\"total\":\(values.count),\"hasMore\":false}")
    }
}
