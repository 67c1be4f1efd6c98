/// Decides what each call is: entries by weight, tenants of an entry in turn.
///
/// The same entries and seed give the same calls in the same order, whoever makes them.
package struct LoadMix: Sendable {
    private let entries: [MixEntry]
    package let groups: [String]
    /// Sums of the weights up to and with each entry.
    private let bounds: [Double]
    private var tenants: [Int]
    private var generator: SeededGenerator
    private var index: UInt64 = 0

    /// - Precondition: There is an entry, and a weight above 0.
    package init(_ entries: [MixEntry], seed: UInt64) {
        precondition(entries.contains { $0.weight > 0 }, "a mix needs an entry with a weight")
        self.entries = entries
        groups = Self.names(of: entries)
        bounds = entries.reduce(into: []) { $0.append(($0.last ?? 0) + $1.weight) }
        tenants = entries.map { _ in 0 }
        generator = SeededGenerator(seed: seed)
    }

    package mutating func next() -> PlannedCall {
        defer { index += 1 }
        let which = pick()
        let entry = entries[which]
        let tenant = tenants[which]
        tenants[which] = (tenant + 1) % entry.tenants
        return PlannedCall(
            index: index,
            tool: entry.tool,
            payload: entry.payload,
            lane: entry.lane,
            tenant: tenant,
            arguments: entry.arguments,
            group: groups[which]
        )
    }

    private mutating func pick() -> Int {
        guard entries.count > 1 else { return 0 }
        let point = generator.unit() * (bounds.last ?? 0)
        // Rounding may put the point on the last bound.
        return bounds.firstIndex { point < $0 } ?? entries.lastIndex { $0.weight > 0 } ?? 0
    }

    /// Its name or tool; the second `echo` is `echo 2`.
    static func names(of entries: [MixEntry]) -> [String] {
        var taken = Set(entries.compactMap(\.name))
        return entries.map { entry in
            if let name = entry.name { return name }
            var (name, number) = (entry.tool, 1)
            while !taken.insert(name).inserted {
                number += 1
                name = "\(entry.tool) \(number)"
            }
            return name
        }
    }
}
