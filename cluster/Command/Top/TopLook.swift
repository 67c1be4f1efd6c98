import MCPStore
import MCPStoreQueue

/// What was read of a space at one moment.
struct TopLook: Sendable {
    let sample: SpaceSample
    /// How the tools were called, for the view of one service.
    let tools: [ToolStatistics]
    /// All spaces of the cluster, and how many were left out; `nil` where they were not asked for.
    let spaces: SpaceLoads?
    let time: ContinuousClock.Instant

    /// Reads it: as much as `/metrics` and `mcpstore tool stats` read.
    ///
    /// - Throws: `MCPStoreError`.
    init(_ context: StoreContext, spaces: SpaceLoads? = nil) async throws(MCPStoreError) {
        sample = try await context.sample()
        tools = try await context.toolStats()
        self.spaces = spaces
        time = .now
    }

    init(
        _ sample: SpaceSample,
        tools: [ToolStatistics] = [],
        spaces: SpaceLoads? = nil,
        time: ContinuousClock.Instant
    ) {
        (self.sample, self.tools, self.spaces, self.time) = (sample, tools, spaces, time)
    }
}
