import MCPStoreQueue

/// What an operator says of one tool: a member of `toolSettings` in a service's configuration. It comes before what is said of the
/// service.
package struct ToolSettings: Codable, Sendable, Equatable {
    package var callTimeoutMs: Int?
    package var waitTimeoutMs: Int?
    package var runTimeoutMs: Int?
    /// `annotations`, `always` or `never`.
    package var retry: String?
    /// What its calls may use over the whole cluster, beside what is said of the service.
    package var limits: CallLimit?
    /// As how many calls one of it counts against rates; 1 by default.
    package var cost: Int?
    package var reuse: ReuseSettings?

    package init() {}
}
