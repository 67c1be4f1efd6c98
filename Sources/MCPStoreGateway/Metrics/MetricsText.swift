/// A page in Prometheus' text format, version 0.0.4. Samples of one metric stand together, whatever order they were added in.
struct MetricsText {
    /// The type of a metric.
    enum Kind: String {
        case counter, gauge, histogram
    }

    private struct Family {
        let kind: Kind
        let help: String
        var lines: [String] = []
    }

    private var families: [String: Family] = [:]
    private var order: [String] = []

    /// Adds a sample.
    ///
    /// - Parameters:
    ///   - help: What it is; of several the first counts.
    ///   - labels: In order; values may be any text.
    mutating func add(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        _ labels: [(String, String)],
        _ value: Double,
        suffix: String = ""
    ) {
        if families[name] == nil {
            families[name] = Family(kind: kind, help: help)
            order.append(name)
        }
        let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        families[name]?.lines.append("\(name)\(suffix)\(pairs.isEmpty ? "" : "{\(pairs)}") \(Self.text(value))")
    }

    /// Adds a histogram.
    ///
    /// - Parameters:
    ///   - buckets: Upper bounds with how many were counted up to each, growing.
    ///   - sum: Of all that were counted, `count` in number.
    mutating func add(
        histogram name: String,
        _ help: String,
        _ labels: [(String, String)],
        buckets: [(bound: Double, count: Int)],
        count: Int,
        sum: Double
    ) {
        for bucket in buckets {
            let bound = ("le", Self.text(bucket.bound))
            add(name, .histogram, help, labels + [bound], Double(bucket.count), suffix: "_bucket")
        }
        add(name, .histogram, help, labels + [("le", "+Inf")], Double(count), suffix: "_bucket")
        add(name, .histogram, help, labels, sum, suffix: "_sum")
        add(name, .histogram, help, labels, Double(count), suffix: "_count")
    }

    /// The page.
    var text: String {
        order.map { name in
            guard let family = families[name] else { return "" }
            let head = "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind.rawValue)\n"
            return head + family.lines.joined(separator: "\n") + "\n"
        }.joined()
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") || $0 < 32 }) else { return text }
        return text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }
}
