import Glibc
import NIOCore

/// The resources of the server: a text, a binary one, one that tells the process, and a family of notes.
enum Resources {
    static let list = [
        #"{"uri":"note:///welcome","name":"welcome","title":"Welcome","description":"A text","mimeType":"text/plain","size":5}"#,
        #"{"uri":"data:///bytes","name":"bytes","description":"Three bytes","mimeType":"application/octet-stream","size":3}"#,
        #"{"uri":"process:///pid","name":"pid","description":"The process id of the server","mimeType":"text/plain"}"#,
    ]
    static let templates = [
        #"{"uriTemplate":"note:///by/{author}/{title}","name":"notes","description":"A note of somebody","mimeType":"text/plain"}"#
    ]

    /// The part of a resource's result that holds its contents: `"text":"…"` or `"blob":"…"`; nil where there is none.
    static func contents(of uri: String) -> String? {
        switch uri {
        case "note:///welcome": return #""mimeType":"text/plain","text":"hello""#
        case "data:///bytes": return #""mimeType":"application/octet-stream","blob":"AQID""#
        case "process:///pid": return #""mimeType":"text/plain","text":"\#(getpid())""#
        default:
            let prefix = "note:///by/"
            let parts =
                uri.hasPrefix(prefix) ? uri.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false) : []
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
            return "\"mimeType\":\"text/plain\",\"text\":\(jsonText("\(parts[1]) by \(parts[0])"))"
        }
    }

    /// Writes the result of resources/read.
    static func read(_ uri: String?, to buffer: inout ByteBuffer) throws(ProtocolError) {
        guard let uri, let contents = Self.contents(of: uri) else {
            throw ProtocolError(code: -32002, message: "Resource not found: \(uri ?? "(no uri)")")
        }
        buffer.writeString("\"contents\":[{\"uri\":\(jsonText(uri)),\(contents)}]")
    }
}
