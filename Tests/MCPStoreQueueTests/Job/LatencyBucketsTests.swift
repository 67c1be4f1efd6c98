import MCPStoreQueue
import Testing

@Suite struct LatencyBucketsTests {
    @Test func `bounds grow, and every duration lies in the bucket whose bounds hold it`() {
        for bucket in 1...LatencyBuckets.last {
            #expect(LatencyBuckets.upperBound(bucket) >= LatencyBuckets.upperBound(bucket - 1))
        }
        var random = SeededGenerator(seed: 1)
        var samples = Array(0...5000)
        for exponent in 2..<37 {
            for offset in -3...3 { samples.append((1 << exponent) + offset) }
            samples.append(Int.random(in: (1 << exponent)..<(2 << exponent), using: &random))
        }
        samples.sort()
        var before = 0
        for duration in samples {
            let bucket = LatencyBuckets.bucket(microseconds: duration)
            #expect(bucket >= before, "\(duration)")
            before = bucket
            #expect(duration <= LatencyBuckets.upperBound(bucket), "\(duration) in \(bucket)")
            // At most a quarter too high, from four microseconds on.
            if duration > 4 { #expect(LatencyBuckets.upperBound(bucket) * 4 <= duration * 5 + 4, "\(duration) in \(bucket)") }
        }
    }

    @Test func `the largest and impossible durations are counted at the ends`() {
        #expect(LatencyBuckets.bucket(microseconds: .max) == LatencyBuckets.last)
        #expect(LatencyBuckets.bucket(microseconds: -5) == 0)
        #expect(LatencyBuckets.bucket(microseconds: 1 << 37) == LatencyBuckets.last)
    }

    @Test func `a percentile is the upper bound of its bucket`() {
        let buckets = [LatencyBuckets.bucket(microseconds: 100): 90, LatencyBuckets.bucket(microseconds: 10_000): 10]
        #expect(ToolStats.percentile(0.5, of: buckets).map { (100...125).contains($0) } == true)
        #expect(ToolStats.percentile(0.99, of: buckets).map { (10_000...12_500).contains($0) } == true)
        #expect(ToolStats.percentile(0.5, of: [:]) == nil)
    }
}
