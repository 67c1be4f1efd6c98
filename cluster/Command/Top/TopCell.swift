import MCPStore

/// One cell of the view: what is shown, and what it is sorted by.
struct TopCell: Sendable, Equatable {
    let text: String
    /// What numbers are sorted by; `nil` for text.
    let value: Double?

    init(_ text: String) { (self.text, value) = (text.oneLine, nil) }

    /// A count; 0 is shown as well.
    init(count: Int) { (text, value) = ("\(count)", Double(count)) }

    /// So many a second.
    init(rate: Double?) {
        text = rate.map { $0 < 10 && $0 > 0 ? "\(($0 * 10).rounded() / 10)" : "\(Int($0.rounded()))" } ?? "-"
        value = rate ?? -1
    }

    /// A duration in microseconds.
    init(microseconds: Int?) {
        text = microseconds.map { Duration.microseconds($0).tableText } ?? "-"
        value = microseconds.map(Double.init) ?? -1
    }

    /// Numbers by size, everything else by its text.
    func comes(before other: TopCell) -> Bool {
        if let value, let other = other.value { return value < other }
        return text < other.text
    }
}
