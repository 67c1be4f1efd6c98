/// Replaces secrets in text that people will see.
struct Redactor: Sendable {
    private let secrets: [String]

    /// The length in bytes of the longest secret.
    let longest: Int

    init(secrets: [String]) {
        var parts: Set<String> = []
        for secret in secrets {
            parts.insert(secret)
            // A key of several lines is written line by line.
            for line in secret.split(whereSeparator: \.isNewline) where line.utf8.count >= 8 { parts.insert(String(line)) }
        }
        parts.remove("")
        // The longest first, so that a secret inside another one leaves no rest of it.
        self.secrets = parts.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
        self.longest = self.secrets.first?.utf8.count ?? 0
    }

    /// The text with every secret replaced by `[redacted]`.
    func redact(_ text: String) -> String {
        var bytes = Array(text.utf8)
        var found = false
        for secret in self.secrets { found = Self.replace(Array(secret.utf8), in: &bytes) || found }
        return found ? String(decoding: bytes, as: UTF8.self) : text
    }

    private static func replace(_ secret: [UInt8], in bytes: inout [UInt8]) -> Bool {
        guard bytes.count >= secret.count else { return false }
        var result: [UInt8] = []
        var position = 0
        var found = false
        while position < bytes.count {
            if bytes[position] == secret[0], bytes[position...].starts(with: secret) {
                result.append(contentsOf: "[redacted]".utf8)
                position += secret.count
                found = true
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        if found { bytes = result }
        return found
    }
}
