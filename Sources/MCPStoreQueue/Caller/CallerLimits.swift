/// What one calling process may have in flight, and how long lanes may grow.
package struct CallerLimits: Sendable {
    /// Jobs of this process that have no outcome yet.
    package var jobsInFlight = 20_000
    /// Bytes of their parameters.
    package var bytesInFlight = 256 << 20
    /// Parameters of one job.
    package var largestParameters = 8 << 20
    /// Entries of a lane above which a submit is refused as `busy`.
    package var queuedPerLane = 1_000_000
    /// Entries of all lanes of the space above which a submit is refused as `busy`; `nil`: not limited, and not asked for.
    package var queuedPerSpace: Int?

    package init() {}
}
