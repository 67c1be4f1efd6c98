import NIOCore

/// The little that a transport must know of a JSON-RPC message: whether it answers a request, and which.
struct AnswerPeek: Equatable {
    /// The message is a response: it has a `result` or an `error`, and no `method`.
    private(set) var isResponse = false
    /// Its `id`, when it is a whole number.
    private(set) var id: Int?
    /// The code of its `error`, when it has one.
    private(set) var errorCode: Int?

    /// No message at all.
    init() {}

    /// Looks at a message; anything that is no JSON object is no response.
    init(_ message: ByteBuffer) {
        var (hasOutcome, hasMethod) = (false, false)
        do throws(JSONError) {
            try message.withJSONMembers { (key, value) throws(JSONError) in
                if key.equals("id") {
                    self.id = value.integer
                } else if key.equals("result") {
                    hasOutcome = true
                } else if key.equals("error") {
                    hasOutcome = true
                    guard value.isObject else { return }
                    try value.members { (key, value) throws(JSONError) in
                        if key.equals("code") { self.errorCode = value.integer }
                    }
                } else if key.equals("method") {
                    hasMethod = true
                }
            }
            self.isResponse = hasOutcome && !hasMethod
        } catch {
            self = AnswerPeek()
        }
    }

    /// Guesses from the beginning of a message that is not there as a whole: the id, when it stands before the result, as it does
    /// with all servers known.
    init(prefix: ByteBuffer) {
        let members = String(buffer: prefix).drop { $0 != "{" }.dropFirst().prefix { $0 != "{" && $0 != "[" }
        guard !members.contains("\"method\""), let key = members.firstRange(of: "\"id\"") else { return }
        let value = members[key.upperBound...].drop { $0.isWhitespace || $0 == ":" }.prefix { $0.isASCII && $0.isNumber }
        self.id = Int(value)
        self.isResponse = self.id != nil
    }

    /// Whether the message answers this request of ours.
    func answers(_ id: Int) -> Bool { self.isResponse && self.id == id }
}
