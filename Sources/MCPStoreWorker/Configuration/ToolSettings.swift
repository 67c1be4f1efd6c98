/// What an operator says of one tool: a member of `toolSettings` in a service's configuration. It comes before what is said of the
/// service.
package struct ToolSettings: Codable, Sendable, Equatable {
    package var callTimeoutMs: Int?
    package var waitTimeoutMs: Int?
    package var runTimeoutMs: Int?
    /// `annotations`, `always` or `never`.
    package var retry: String?
    package var reuse: ReuseSettings?

    package init() {}
}
