/// A revision of the Model Context Protocol, named by its date.
package struct ProtocolRevision: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The date as it stands on the wire, such as `2026-07-28`.
    package let rawValue: String

    /// Any text is taken; ``isKnown`` tells whether it is a revision that we speak.
    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package static let v20260728 = Self(rawValue: "2026-07-28")
    package static let v20251125 = Self(rawValue: "2025-11-25")
    package static let v20250618 = Self(rawValue: "2025-06-18")
    package static let v20250326 = Self(rawValue: "2025-03-26")
    package static let v20241105 = Self(rawValue: "2024-11-05")

    /// All revisions that we speak, the latest first.
    package static let all: [ProtocolRevision] = [.v20260728, .v20251125, .v20250618, .v20250326, .v20241105]
    /// The latest modern revision that we speak.
    package static let latest = v20260728
    /// The latest revision that is opened with `initialize`.
    package static let latestLegacy = v20251125

    /// Whether we speak this revision.
    package var isKnown: Bool { Self.all.contains(self) }

    /// Which way of speaking the revision belongs to.
    package var era: MCPEra { self < .v20260728 ? .legacy : .modern }

    package var description: String { self.rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
