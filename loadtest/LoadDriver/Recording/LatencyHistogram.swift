import Histogram

/// Durations with three significant digits, from a nanosecond to a day.
package struct LatencyHistogram: Sendable {
    /// In nanoseconds. What is longer counts as this long.
    static let longest: UInt64 = 86_400_000_000_000

    private var histogram: Histogram<UInt32>

    package init(_ digits: SignificantDigits = .three) {
        histogram = Histogram(numberOfSignificantValueDigits: digits)
    }

    package mutating func record(nanoseconds: UInt64) {
        histogram.record(min(nanoseconds, Self.longest))
    }

    package mutating func add(_ other: LatencyHistogram) {
        histogram.add(other.histogram)
    }

    package var count: UInt64 { histogram.totalCount }
    /// In microseconds; 0 where nothing was recorded.
    package var min: Double { count == 0 ? 0 : Self.microseconds(histogram.min) }
    package var max: Double { Self.microseconds(histogram.maxRecorded) }
    package var mean: Double { histogram.mean / 1_000 }

    /// The duration in microseconds that so many percent of the recorded ones do not exceed; 0 where nothing was recorded.
    package func percentile(_ percent: Double) -> Double {
        count == 0 ? 0 : Self.microseconds(histogram.valueAtPercentile(percent))
    }

    /// The buckets that are not empty, in order: the highest duration of each, in microseconds, and how many lie in it.
    package var buckets: [(upper: Double, count: UInt64)] {
        histogram.recordedValues().map { value in
            (Self.microseconds(histogram.highestEquivalentForValue(value.value)), UInt64(value.count))
        }
    }

    private static func microseconds(_ nanoseconds: UInt64) -> Double {
        Double(nanoseconds) / 1_000
    }

    private func min(_ one: UInt64, _ other: UInt64) -> UInt64 {
        one < other ? one : other
    }
}
