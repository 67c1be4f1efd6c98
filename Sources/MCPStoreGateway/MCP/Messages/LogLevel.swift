/// How severe a log message is (RFC 5424, as MCP names it), least severe first.
package enum LogLevel: Int, Sendable, CaseIterable {
    case debug, info, notice, warning, error, critical, alert, emergency

    /// - Parameter name: As on the wire.
    init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }

    /// As on the wire.
    var name: String { "\(self)" }
}
