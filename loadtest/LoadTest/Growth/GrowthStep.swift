import LoadDriver

/// The amounts beside which a call is measured, and the name of the one that is not as usual.
struct GrowthStep {
    let title: String
    var unrelatedKeys = 0
    var queuedJobs = 0
    var services = 1
    var spaces = 1
    var callers = 64
    var payload = 200

    private init(title: String) { self.title = title }

    init(named name: String, _ amount: Int, _ set: (inout GrowthStep, Int) -> Void) {
        self.init(title: "\(Units.count(amount)) \(name)")
        set(&self, amount)
    }

    /// With which the others are compared.
    static var plain: GrowthStep { GrowthStep(title: "plain") }

    /// Whether each call is the same as in the plain case, so that it may not cost Redis more.
    var isBounded: Bool { payload == GrowthStep.plain.payload }

    /// All calls go to the first space; the others are open beside it.
    func scenario(callers: Int, seconds: Double) -> Scenario {
        var mix = [MixEntry(payload: payload)]
        // An entry of which no call will be drawn.
        if spaces > 1 { mix.append(MixEntry(name: "others", weight: 0, payload: payload, tenants: spaces)) }
        return Scenario(name: title, target: .queue, load: .closed(callers: callers), warmUp: 0.5, seconds: seconds, mix: mix)
    }
}
