/// What becomes of tools that are not as they were approved.
public enum ToolPinning: String, Sendable, Hashable, CaseIterable {
    /// Nobody compares.
    case off
    /// They are called, and shown as changed.
    case warn
    /// They are held back until they are approved: neither listed to clients nor called.
    case enforce
}

/// A tool beside what was approved of its service.
public enum ToolPinStatus: String, Sendable, Hashable {
    /// It is as it was approved.
    case approved
    /// It is other than what was approved.
    case changed
    /// It came after its service was approved.
    case new
}
