import MCPStore
import MCPStoreQueue

/// What was read of a space at one moment.
struct TopLook: Sendable {
    let sample: SpaceSample
    /// How the tools were called, for the view of one service.
    let tools: [ToolStatistics]
    let time: ContinuousClock.Instant

    /// Reads it: as much as `/metrics` and `mcpstore tool stats` read.
    ///
    /// - Throws: `MCPStoreError`.
    init(_ context: StoreContext) async throws(MCPStoreError) {
        sample = try await context.sample()
        tools = try await context.toolStats()
        time = .now
    }

    init(_ sample: SpaceSample, tools: [ToolStatistics] = [], time: ContinuousClock.Instant) {
        (self.sample, self.tools, self.time) = (sample, tools, time)
    }
}
