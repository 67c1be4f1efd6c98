/// What must not be, such as `p99>5ms` or `errors>0`.
package struct FailCondition: Sendable, Equatable {
    /// As it was written.
    package let text: String
    private let metric: Metric
    private let relation: Relation
    /// In microseconds for durations.
    private let limit: Double

    /// - Throws: ``FailConditionError`` that says what is possible.
    package init(_ text: String) throws {
        self.text = text
        let parts = text.filter { !$0.isWhitespace }
        guard let start = parts.firstIndex(where: { $0 == "<" || $0 == ">" }) else {
            throw FailConditionError(text: text, reason: "has none of <, <=, >, >=")
        }
        var rest = parts[parts.index(after: start)...]
        let isInclusive = rest.first == "="
        if isInclusive { rest.removeFirst() }
        relation =
            switch (parts[start], isInclusive) {
            case ("<", false): .less
            case ("<", true): .atMost
            case (">", false): .more
            default: .atLeast
            }
        let name = String(parts[..<start])
        guard let metric = Metric(name) else {
            throw FailConditionError(
                text: text,
                reason: name.isEmpty ? "names no figure" : "names \"\(name)\", which is no figure"
            )
        }
        self.metric = metric
        limit = try Self.limit(rest, of: metric, in: text)
    }

    /// - Returns: What is wrong with the report, or nothing where the condition does not hold. A figure that the report does not
    ///   have is wrong, too: nobody can say that it is not so.
    package func evaluate(_ report: LoadReport) -> String? {
        guard let value = metric.value(in: report) else { return "\(text): the report has no \(metric.name)" }
        guard relation.holds(value, limit) else { return nil }
        return "\(text): it is \(metric.isDuration ? Units.duration(microseconds: value) : Units.plain(value))"
    }

    /// Whether what it says is so. A figure that the report does not have is neither less nor more than anything.
    package func holds(in report: LoadReport) -> Bool { metric.value(in: report).map { relation.holds($0, limit) } ?? false }

    private static func limit(_ value: Substring, of metric: Metric, in text: String) throws -> Double {
        let units = ["ns": 0.001, "us": 1, "µs": 1, "μs": 1, "ms": 1_000, "s": 1_000_000]
        let digits = value.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
        let unit = String(value.dropFirst(digits.count))
        guard let number = Double(digits), number.isFinite, number >= 0 else {
            throw FailConditionError(text: text, reason: "has no number after the relation")
        }
        guard metric.isDuration else {
            guard unit.isEmpty else {
                throw FailConditionError(text: text, reason: "has the unit \"\(unit)\", but \(metric.name) is a plain number")
            }
            return number
        }
        guard let factor = units[unit] else {
            let what = unit.isEmpty ? "has no unit" : "has the unit \"\(unit)\""
            throw FailConditionError(text: text, reason: "\(what), but \(metric.name) is a duration in ns, us, ms or s")
        }
        return number * factor
    }
}
