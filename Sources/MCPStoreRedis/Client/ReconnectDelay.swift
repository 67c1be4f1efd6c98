/// Exponential backoff with full jitter: each wait is random between 0 and a bound that doubles from attempt to attempt, so
/// that many clients of a server that comes back do not knock all at once.
struct ReconnectDelay {
    /// The bound of the first wait.
    static let first = Duration.milliseconds(50)

    private let longest: Duration
    private var attempts = 0

    /// - Parameter socketTimeout: waits are at most this long, and at most 2 s.
    init(socketTimeout: Duration) {
        self.longest = max(Self.first, min(socketTimeout, .seconds(2)))
    }

    /// How long a connection must have lasted to be taken for a good one.
    var stableAfter: Duration { self.longest }

    /// A good connection has ended: start again with short waits.
    mutating func reset() { self.attempts = 0 }

    /// The bound of the next wait.
    var bound: Duration {
        var bound = Self.first
        for _ in 0..<min(self.attempts, 16) where bound < self.longest { bound *= 2 }
        return min(bound, self.longest)
    }

    /// The next wait.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let bound = self.bound
        self.attempts += 1
        return bound * Double.random(in: 0...1, using: &generator)
    }
}
