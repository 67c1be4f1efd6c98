/// The medians of the legs, one after the other, as a bar.
struct LegsBar: Sendable {
    let report: LoadReport
    let old: LoadReport?

    /// Nothing for a target whose answers say nothing of legs.
    var markup: Markup? {
        guard let parts = Self.parts(report) else { return nil }
        let earlier = old.flatMap(Self.parts)
        let longest = max(Self.sum(parts), earlier.map(Self.sum) ?? 0)
        guard longest > 0 else { return nil }
        return """
            <div class="bars">\(bar(parts, longest, earlier == nil ? "" : "this run"))\
            \(earlier.map { bar($0, longest, "compared run") })</div>
            <p class="note">Medians of the legs: queued until a worker took the call, run on the worker, returned to the caller. They need \
            not add up to the median of the total; what is left of it is shown as other.</p>
            """
    }

    private typealias Part = (name: String, value: Double)

    private static func parts(_ report: LoadReport) -> [Part]? {
        let legs: [Part] = [Leg.queued, .run, .returned].compactMap { leg in report[leg].map { (leg.rawValue, $0.p50) } }
        guard !legs.isEmpty else { return nil }
        let rest = (report[.total]?.p50 ?? 0) - sum(legs)
        return rest > 0 ? legs + [("other", rest)] : legs
    }

    private static func sum(_ parts: [Part]) -> Double {
        parts.reduce(0) { $0 + $1.value }
    }

    private func bar(_ parts: [Part], _ longest: Double, _ name: String) -> Markup {
        let segments = parts.map { part -> Markup in
            "<i class=\"\(part.name)\" style=\"width:\(part.value / longest * 100)%\"></i>"
        }
        let keys = parts.map { part -> Markup in
            """
            <span class="key"><i class="dot \(part.name)"></i>\(part.name) \
            <b>\(Units.duration(microseconds: part.value))</b></span>
            """
        }
        let label: Markup? = name.isEmpty ? nil : "<div class=\"label\">\(name)</div>"
        return "\(label)<div class=\"bar\">\(segments)</div><div class=\"legend\">\(keys)</div>"
    }
}
