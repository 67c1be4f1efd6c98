/// The state of a service, as MCPStore names it.
package struct ServiceStatus: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// Being started, or its tools are being read.
    package static let initializing = Self(rawValue: "initializing")
    package static let healthy = Self(rawValue: "healthy")
    /// It answers, but slowly or with failing health checks.
    package static let warning = Self(rawValue: "warning")
    /// It died or was lost and is being started anew.
    package static let reconnecting = Self(rawValue: "reconnecting")
    /// It could not be started or reached several times; it is still tried, ever more slowly.
    package static let unreachable = Self(rawValue: "unreachable")
    package static let disconnecting = Self(rawValue: "disconnecting")
    /// Nobody hosts it.
    package static let disconnected = Self(rawValue: "disconnected")

    private static let order: [Self] = [
        .healthy, .warning, .initializing, .reconnecting, .unreachable, .disconnecting, .disconnected,
    ]

    /// The best of several workers' views is that of the lowest rank.
    var rank: Int { Self.order.firstIndex(of: self) ?? Self.order.count }

    /// The worse of two.
    package static func worse(_ one: Self, _ other: Self) -> Self { one.rank >= other.rank ? one : other }

    /// Whether calls are answered now.
    package var isReady: Bool { self == .healthy || self == .warning }
    package var description: String { rawValue }
}
