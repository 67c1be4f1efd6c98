/// When calls are made. Rates are in calls a second.
package enum LoadShape: Sendable, Equatable {
    /// So many callers, each of which calls again when it is answered.
    case closed(callers: Int)
    /// Evenly spaced.
    case constant(rate: Double)
    /// From one rate to another in a straight line, over the whole duration.
    case ramp(from: Double, to: Double)
    /// One rate after the other, each for an equal part of the duration.
    case steps(rates: [Double])
    /// Independent calls: the gaps are exponentially distributed.
    case poisson(rate: Double)
    /// `size` calls at once, every so many seconds.
    case bursts(size: Int, every: Double)
}

extension LoadShape {
    /// An open shape makes calls whether or not earlier ones are answered.
    package var isOpen: Bool {
        if case .closed = self { false } else { true }
    }

    /// What runs before the measurement: the shape itself where it is the same at all times, or else how it begins.
    var warmUp: LoadShape {
        switch self {
        case .closed, .constant, .poisson, .bursts: self
        case .ramp(let from, _): .constant(rate: from)
        case .steps(let rates): .constant(rate: rates.first ?? 0)
        }
    }

    /// For people, such as `64 callers` or `Poisson, 500/s`.
    package var summary: String {
        switch self {
        case .closed(let callers): "closed loop, \(Units.count(callers)) \(callers == 1 ? "caller" : "callers")"
        case .constant(let rate): "constant \(Units.rate(rate))"
        case .ramp(let from, let to): "ramp from \(Units.rate(from)) to \(Units.rate(to))"
        case .steps(let rates): "steps of \(rates.map { Units.rate($0) }.joined(separator: ", "))"
        case .poisson(let rate): "Poisson \(Units.rate(rate))"
        case .bursts(let size, let every): "bursts of \(Units.count(size)) every \(Units.seconds(every))"
        }
    }
}
