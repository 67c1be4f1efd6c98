import NIOCore

/// The parts of a JSON-RPC error object that a session looks at. Cold.
struct JSONRPCErrorText: Sendable {
    /// The message, shortened; a placeholder when there is none.
    var message = "no message"
    /// `data.supported`: the protocol versions that the server says it speaks.
    var supportedVersions: [ProtocolRevision]?

    init(_ error: ByteBuffer) {
        do {
            try error.withJSONMembers { (key, value) throws(JSONError) in
                if key.equals("message"), let text = value.string {
                    self.message = String(text.prefix(512))
                } else if key.equals("data"), value.isObject {
                    try value.members { (key, value) throws(JSONError) in
                        guard key.equals("supported"), value.isArray else { return }
                        var versions: [ProtocolRevision] = []
                        try value.elements { (element) throws(JSONError) in
                            if let text = element.string { versions.append(ProtocolRevision(rawValue: text)) }
                        }
                        self.supportedVersions = versions
                    }
                }
            }
        } catch {
            // An error that is no object says nothing; its code was noted when the message was taken apart.
            return
        }
    }
}
