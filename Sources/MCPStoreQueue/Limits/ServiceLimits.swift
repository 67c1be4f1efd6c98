/// The limits of one service over the whole cluster, and those of single tools of it.
package struct ServiceLimits: Sendable, Equatable {
    package var service: CallLimit?
    package var tools: [String: CallLimit]
    /// As how many calls one of a tool counts against rates; 1 where nothing is said.
    package var costs: [String: Int]

    package static let none = ServiceLimits()
    package static let allowedCosts = 1...10_000

    package init(service: CallLimit? = nil, tools: [String: CallLimit] = [:], costs: [String: Int] = [:]) {
        self.service = service.flatMap { $0.isEmpty ? nil : $0.plausible }
        self.tools = tools.filter { !$0.value.isEmpty }.mapValues(\.plausible)
        self.costs = costs.mapValues { min(max($0, 1), Self.allowedCosts.upperBound) }
    }

    package var isEmpty: Bool { service == nil && tools.isEmpty }

    package func cost(of tool: String) -> Int { costs[tool] ?? 1 }

    /// The most that one call may cost.
    var largestCost: Int { max(costs.values.max() ?? 1, 1) }
}
