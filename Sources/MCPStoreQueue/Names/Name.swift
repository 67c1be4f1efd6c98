/// The rule for names of namespaces, dataspaces and services (design section 4): 1 to 128 of `A-Z a-z 0-9 . _ -`.
package enum Name {
    /// The namespace of our own cluster keys; no user may have it.
    package static let reserved = "mcpstore"

    /// Whether `text` may be used as a name.
    package static func isValid(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy(isAllowed)
    }

    /// Checks a name.
    ///
    /// - Parameter what: What it names, for the error: "namespace", "service", …
    /// - Throws: ``QueueError`` (`invalidName`) that says what is wrong with it.
    package static func validate(_ text: String, as what: String) throws(QueueError) {
        guard isValid(text) else {
            throw QueueError(
                .invalidName,
                "'\(text.prefix(140))' is not a valid \(what) name: use 1 to 128 of the characters A-Z a-z 0-9 . _ -"
            )
        }
    }

    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }

    /// `text` as part of a key: what a name may not hold is percent-encoded. Tool names come from servers and are never
    /// refused.
    package static func encoded(_ text: String) -> String {
        if text.utf8.allSatisfy(isAllowed) { return text }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isAllowed(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
