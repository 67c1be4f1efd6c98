/// What became of a service whose configuration was to be changed.
public struct ChangedService: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Whether the configuration is another now.
    public let isChanged: Bool
    /// What was noticed and does no harm, one line each: unknown fields, secrets in clear.
    public let warnings: [String]
}
