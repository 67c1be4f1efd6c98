/// A URI template (RFC 6570), as far as one must know it to say whether a URI fits.
///
/// `{name}` stands for one or more characters other than `/`, `?` and `#`; an expression with an operator (`{+path}`, `{/path*}`,
/// `{?query}`, …) for any characters, or none. An expression that is not closed stands for itself.
struct URITemplate: Sendable {
    private enum Part: Sendable {
        case literal(UInt8)
        case segment
        case anything
    }

    /// Longer templates and URIs fit nothing: the work grows with their product.
    static let longestTemplate = 2000
    static let longestURI = 8000

    private var parts: [Part] = []

    init(_ text: String) {
        let bytes = Array(text.utf8.prefix(Self.longestTemplate + 1))
        guard bytes.count <= Self.longestTemplate else { return }
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "{"), let end = bytes[index...].firstIndex(of: UInt8(ascii: "}")), end > index + 1 {
                parts.append("+#./;?&".utf8.contains(bytes[index + 1]) ? .anything : .segment)
                index = end + 1
            } else {
                parts.append(.literal(bytes[index]))
                index += 1
            }
        }
    }

    func matches(_ uri: String) -> Bool {
        let text = Array(uri.utf8)
        guard !parts.isEmpty, text.count <= Self.longestURI else { return false }
        // `reached[i]`: the parts so far fit the first i bytes.
        var reached = [Bool](repeating: false, count: text.count + 1)
        reached[0] = true
        for part in parts {
            var next = [Bool](repeating: false, count: text.count + 1)
            switch part {
            case .literal(let byte):
                for i in 0..<text.count where reached[i] && text[i] == byte { next[i + 1] = true }
            case .segment:
                for i in 0..<text.count where (reached[i] || next[i]) && !"/?#".utf8.contains(text[i]) { next[i + 1] = true }
            case .anything:
                var isReached = false
                for i in 0...text.count {
                    isReached = isReached || reached[i]
                    next[i] = isReached
                }
            }
            reached = next
        }
        return reached[text.count]
    }
}
