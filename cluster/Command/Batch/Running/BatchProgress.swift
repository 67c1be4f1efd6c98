import MCPStore

/// How a batch goes, on a terminal: a bar, the rate, what failed, and when it may be over.
struct BatchProgress: Sendable {
    private static let width = 20
    /// The rate is that of the last so many looks.
    private static let looks = 40

    private let line: StatusLine
    private var past: [(time: ContinuousClock.Instant, answered: Int)] = []

    init() { line = StatusLine("reading calls") }

    /// - Parameter isEstimate: Whether the end of the calls was not read yet, so that the total is a guess from the size of the file.
    mutating func show(answered: Int, failed: Int, total: Int?, isEstimate: Bool, note: String?) {
        let now = ContinuousClock.now
        past.append((now, answered))
        if past.count > Self.looks { past.removeFirst() }
        line.update(
            Self.text(answered: answered, failed: failed, total: total, isEstimate: isEstimate, rate: rate, note: note)
        )
    }

    func finish() { line.finish() }

    /// Answers a second.
    private var rate: Double {
        guard let first = past.first, let last = past.last, last.time > first.time else { return 0 }
        return Double(last.answered - first.answered) / ((last.time - first.time) / .seconds(1))
    }

    /// `[#####...............] 25,000/~100,000 · 1,250/s · 3 failed · ends in 1 min`
    static func text(answered: Int, failed: Int, total: Int?, isEstimate: Bool, rate: Double, note: String?) -> String {
        var parts: [String] = []
        if let total, total > 0 {
            let filled = min(answered * width / total, width)
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
            parts.append("[\(bar)] \(answered.grouped)/\(isEstimate ? "~" : "")\(total.grouped)")
        } else {
            parts.append("\(answered.grouped) answered")
        }
        parts.append(rate < 10 ? "\((rate * 10).rounded() / 10)/s" : "\(Int(rate).grouped)/s")
        if failed > 0 { parts.append("\(failed.grouped) failed") }
        if let note {
            parts.append(note)
        } else if let total, total > answered, rate > 0 {
            parts.append("ends in \(Duration.seconds(Double(total - answered) / rate).roughText)")
        }
        return parts.joined(separator: " · ")
    }
}

extension Int {
    /// `1,250,000`
    var grouped: String {
        let digits = String(magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + text
    }
}

extension Duration {
    /// `40 s`, `12 min`, `3 h 20 min`: for estimates.
    var roughText: String {
        let seconds = Int((self / .seconds(1)).rounded(.up))
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7200: return "\(seconds / 60) min"
        case ..<864_000: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
        default: return "\(seconds / 86_400) days"
        }
    }
}
