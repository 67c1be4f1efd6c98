/// How many durations lie in one bucket of a histogram. In JSON a list of two numbers.
package struct Bucket: Codable, Sendable, Equatable {
    /// The highest duration that falls into it, in microseconds.
    package var upper: Double
    package var count: UInt64

    package init(upper: Double, count: UInt64) {
        self.upper = upper
        self.count = count
    }

    package init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        upper = try list.decode(Double.self)
        count = try list.decode(UInt64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(upper)
        try list.encode(count)
    }
}
