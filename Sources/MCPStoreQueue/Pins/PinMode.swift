/// What becomes of tools that differ from what was approved: the string `{space}:pins`, absent for `off`.
package enum PinMode: String, Sendable, Hashable, CaseIterable {
    case off
    /// They are called, and shown as changed.
    case warn
    /// They are held back: neither listed to clients nor called.
    case enforce
}
