/// Which eras the server speaks: `--era`.
enum EraSupport: String, Sendable, CaseIterable {
    case legacy, modern, both

    var speaksLegacy: Bool { self != .modern }
    var speaksModern: Bool { self != .legacy }

    /// The revisions to name to a client that asked for another one, newest first.
    var revisions: [String] {
        (self.speaksModern ? [Revision.modern] : []) + (self.speaksLegacy ? Revision.legacy.reversed() : [])
    }
}
