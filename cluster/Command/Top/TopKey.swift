/// A key that was pressed.
enum TopKey: Sendable, Equatable {
    case character(Character)
    case up, down, left, right, enter, escape, backspace, tab, interrupt

    /// The keys in what a terminal sent at once: a sequence of escape is not split over two reads by terminals that matter here,
    /// and a lone escape is the key of that name.
    static func keys(in text: String) -> [TopKey] {
        var keys: [TopKey] = []
        var rest = Substring(text)
        let sequences: [(String, TopKey)] = [
            ("\u{1b}[A", .up), ("\u{1b}[B", .down), ("\u{1b}[C", .right), ("\u{1b}[D", .left),
            ("\u{1b}OA", .up), ("\u{1b}OB", .down), ("\u{1b}OC", .right), ("\u{1b}OD", .left),
        ]
        while let first = rest.first {
            if let (sequence, key) = sequences.first(where: { rest.hasPrefix($0.0) }) {
                keys.append(key)
                rest = rest.dropFirst(sequence.count)
                continue
            }
            rest = rest.dropFirst()
            switch first {
            case "\u{1b}":
                // An unknown sequence is skipped as a whole: its letters are no keys.
                if rest.first == "[" {
                    rest = rest.drop { $0 == "[" || $0 == ";" || $0.isNumber }.dropFirst()
                } else {
                    keys.append(.escape)
                }
            case "\r", "\n", "\r\n": keys.append(.enter)
            case "\u{7f}", "\u{8}": keys.append(.backspace)
            case "\t": keys.append(.tab)
            case "\u{3}", "\u{4}": keys.append(.interrupt)
            default:
                if first.unicodeScalars.allSatisfy({ $0.value >= 0x20 }) { keys.append(.character(first)) }
            }
        }
        return keys
    }
}
