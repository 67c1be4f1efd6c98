/// How namespaces share the slots of a worker, and what the limits of each leave: a state machine without I/O, and part of ``FetchPlanner``.
///
/// Those who share are told apart only where there are several.
struct TenantShares {
    /// What a namespace has of the slots.
    private struct Tenant {
        var running = 0
        /// Jobs that were started, by weight: who has had the least is next.
        var served = 0.0
    }

    /// What decides whose turn it is: less is sooner.
    typealias Turn = (slots: Double, served: Double)

    private var tenants: [String: Tenant] = [:]
    private var open: [String: Int] = [:]
    private var allowances: [String: Int] = [:]
    private var weights: [String: Double] = [:]
    /// What those whose turn it is have been served: who was away has no more to catch up.
    private var served = 0.0

    /// Whether several namespaces share the slots.
    var isShared: Bool { open.count > 1 }

    /// Whether any namespace is limited.
    var isLimited: Bool { !allowances.isEmpty }

    /// How namespaces share the slots where they want more than there are; 1 for those that are not named.
    mutating func setWeights(_ weights: [String: Double]) { self.weights = weights }

    func weight(_ namespace: String) -> Double { weights[namespace] ?? 1 }

    /// How many more jobs the services of a namespace may start together; `nil`: not limited.
    func allowance(_ namespace: String) -> Int? { allowances[namespace] }

    mutating func allow(_ namespace: String, _ allowance: Int?) { allowances[namespace] = allowance }

    /// Services of a namespace were opened, or closed.
    ///
    /// - Parameter running: The jobs that run of each namespace.
    mutating func opened(_ namespace: String, _ change: Int, running: () -> [(namespace: String, jobs: Int)]) {
        let wasShared = isShared
        let count = (open[namespace] ?? 0) + change
        open[namespace] = count > 0 ? count : nil
        if count <= 0 { allowances[namespace] = nil }
        guard isShared != wasShared else { return }
        tenants = [:]
        guard isShared else { return }
        for (namespace, jobs) in running() { tenants[namespace, default: Tenant()].running += jobs }
    }

    mutating func started(_ namespace: String, _ count: Int) {
        if let allowance = allowances[namespace] { allowances[namespace] = max(allowance - count, 0) }
        guard isShared else { return }
        let tenant = tenants[namespace] ?? Tenant()
        let before = max(tenant.served, served)
        tenants[namespace] = Tenant(running: tenant.running + count, served: before + Double(count) / weight(namespace))
    }

    mutating func ended(_ namespace: String) { if !tenants.isEmpty { tenants[namespace]?.running -= 1 } }

    func turn(_ namespace: String) -> Turn {
        let tenant = tenants[namespace] ?? Tenant()
        return (Double(tenant.running) / weight(namespace), max(tenant.served, served))
    }

    /// It is the turn of this one.
    mutating func serve(_ namespace: String) { if isShared { served = max(served, tenants[namespace]?.served ?? 0) } }
}
