import Foundation

/// The intended start of every call of an open shape, in nanoseconds since the start, in order; all lie before the end.
///
/// Pure: the same shape, duration and seed give the same arrivals. A closed shape has none.
package struct ArrivalSequence: Sequence, IteratorProtocol, Sendable {
    private let shape: LoadShape
    private let seconds: Double
    private var generator: SeededGenerator
    /// Of the next arrival; within ``part`` for steps.
    private var index = 0.0
    private var part = 0
    /// When the last arrival of a Poisson process was, in seconds.
    private var last = 0.0

    /// - Parameter seed: Matters to ``LoadShape/poisson(rate:)`` only.
    package init(_ shape: LoadShape, seconds: Double, seed: UInt64 = 1) {
        self.shape = shape
        self.seconds = seconds
        generator = SeededGenerator(seed: seed)
    }

    package mutating func next() -> UInt64? {
        guard let time = nextTime(), time < seconds else { return nil }
        let nanoseconds = UInt64((time * 1e9).rounded())
        // What rounds up to the end is past it.
        return nanoseconds < UInt64((seconds * 1e9).rounded()) ? nanoseconds : nil
    }

    private mutating func nextTime() -> Double? {
        switch shape {
        case .closed: return nil
        case .constant(let rate):
            guard rate > 0 else { return nil }
            defer { index += 1 }
            return index / rate
        case .ramp(let from, let to):
            defer { index += 1 }
            return Self.time(of: index, from: from, slope: (to - from) / seconds)
        case .steps(let rates): return nextStep(rates)
        case .poisson(let rate):
            guard rate > 0 else { return nil }
            last += -log(1 - generator.unit()) / rate
            return last
        case .bursts(let size, let every):
            defer { index += 1 }
            return (index / Double(size)).rounded(.down) * every
        }
    }

    /// When the rate has integrated to `index`: the root of `slope / 2 · t² + from · t = index`, in the form that stays exact when
    /// the slope is 0 or small.
    private static func time(of index: Double, from: Double, slope: Double) -> Double? {
        guard index > 0 else { return from > 0 || slope > 0 ? 0 : nil }
        let discriminant = from * from + 2 * slope * index
        // A ramp down to 0 never gets to this index.
        guard discriminant >= 0 else { return nil }
        return 2 * index / (from + discriminant.squareRoot())
    }

    private mutating func nextStep(_ rates: [Double]) -> Double? {
        let length = seconds / Double(rates.count)
        while part < rates.count {
            let offset = index / rates[part]
            if rates[part] > 0, offset < length - 0.5e-9 {
                index += 1
                return Double(part) * length + offset
            }
            part += 1
            index = 0
        }
        return nil
    }
}
