import NIOCore

extension TimeAmount {
    /// NIO's form of a duration, at least 0 and at most ten years, so that adding it to a deadline never overflows.
    init(bounded duration: Duration) {
        let longest = Duration.seconds(10 * 365 * 24 * 3600)
        self = TimeAmount(min(max(duration, .zero), longest))
    }
}
