/// What a load test does: what is called, how often, for how long, and what must hold.
package struct Scenario: Encodable, Sendable, Equatable {
    /// Of the file, without its ending.
    package var name: String
    package var description: String
    package var target: Target
    /// The MCP server behind the workers; not needed for `queue`.
    package var server: Server?
    package var workers: Int
    package var coordinators: Int
    /// Calls that one worker runs at the same time.
    package var slots: Int
    package var load: LoadShape
    /// Seconds of calls that are made before the measurement and not recorded.
    package var warmUp: Double
    /// How long the measurement takes.
    package var seconds: Double
    /// How long calls in flight are waited for at the end, in seconds.
    package var timeout: Double
    package var mix: [MixEntry]
    /// Of the mix and of a Poisson process.
    package var seed: UInt64
    /// Calls that may be in flight at the same time. More are not started, and reported as such.
    package var mostInFlight: Int
    /// ``FailCondition``s as they are written.
    package var failIf: [String]

    /// Where the calls go.
    package enum Target: String, Codable, Sendable, CaseIterable {
        /// The queue, with a worker that does nothing.
        case queue
        /// An MCP server, through the store, the queue and the workers.
        case store
        /// An MCP server, over HTTP through a gateway, the queue and the workers.
        case gateway
        /// The MCP server itself, for comparison.
        case direct
    }

    package init(
        name: String = "",
        description: String = "",
        target: Target = .queue,
        server: Server? = nil,
        workers: Int = 1,
        coordinators: Int = 1,
        slots: Int = 128,
        load: LoadShape = .closed(callers: 64),
        warmUp: Double = 2,
        seconds: Double = 10,
        timeout: Double = 60,
        mix: [MixEntry] = [MixEntry()],
        seed: UInt64 = 1,
        mostInFlight: Int = 10_000,
        failIf: [String] = []
    ) {
        self.name = name
        self.description = description
        self.target = target
        self.server = server
        self.workers = workers
        self.coordinators = coordinators
        self.slots = slots
        self.load = load
        self.warmUp = warmUp
        self.seconds = seconds
        self.timeout = timeout
        self.mix = mix
        self.seed = seed
        self.mostInFlight = mostInFlight
        self.failIf = failIf
    }
}
