import Foundation

/// Maps values to 0 … 1 along an axis.
enum PlotScale: Sendable {
    case linear(ClosedRange<Double>)
    case logarithmic(ClosedRange<Double>)

    func position(of value: Double) -> Double {
        let (range, point): (ClosedRange<Double>, Double) =
            switch self {
            case .linear(let range): (range, value)
            case .logarithmic(let range): (log10(range.lowerBound)...log10(range.upperBound), log10(max(value, 1e-9)))
            }
        let length = range.upperBound - range.lowerBound
        return length > 0 ? min(max((point - range.lowerBound) / length, 0), 1) : 0
    }

    /// For positive values: linear from 0, unless the small ones would vanish beside the great ones.
    static func fitting(_ values: [Double]) -> PlotScale {
        let positive = values.filter { $0 > 0 }
        guard let least = positive.min(), let most = positive.max() else { return .linear(0...1) }
        return most / least > 20 ? .logarithmic(rounding(least, most)) : linear(upTo: most)
    }

    static func linear(upTo most: Double) -> PlotScale {
        let step = step(for: most, count: 5)
        return .linear(0...max((most / step).rounded(.up) * step, step))
    }

    /// From the 1, 2 or 5 below to the one above.
    static func rounding(_ least: Double, _ most: Double) -> ClosedRange<Double> {
        let marks = marks(from: least / 10, to: most * 10, factors: [1, 2, 5])
        let low = marks.last { $0 <= least * 1.0001 } ?? least
        let high = marks.first { $0 >= most * 0.9999 } ?? most
        return low < high ? low...high : low...(low * 2)
    }

    /// Where to put lines and labels, about `count` of them.
    func ticks(_ count: Int) -> [Double] {
        switch self {
        case .linear(let range):
            let step = Self.step(for: range.upperBound - range.lowerBound, count: count)
            return stride(from: range.lowerBound, through: range.upperBound + step / 1_000, by: step).map { $0 }
        case .logarithmic(let range):
            let decades = log10(range.upperBound / range.lowerBound)
            let factors: [Double] = decades > 2.4 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5]
            return Self.marks(from: range.lowerBound, to: range.upperBound, factors: factors)
        }
    }

    private static func step(for length: Double, count: Int) -> Double {
        let rough = length / Double(max(count, 1))
        guard rough > 0 else { return 1 }
        let power = pow(10, log10(rough).rounded(.down))
        return power * ([1, 2, 5].first { $0 * power >= rough * 0.999 } ?? 10)
    }

    private static func marks(from low: Double, to high: Double, factors: [Double]) -> [Double] {
        let exponents = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
        return exponents.flatMap { exponent in factors.map { $0 * pow(10, Double(exponent)) } }
            .filter { $0 >= low * 0.9999 && $0 <= high * 1.0001 }
    }
}
