/// One fault of a schedule.
struct PlannedFault: Equatable, Sendable, CustomStringConvertible {
    /// The fault's name.
    var name: String
    /// Milliseconds from the start of the load.
    var at: Int
    /// How long it lasts, in milliseconds, until it is undone.
    var length: Int
    /// What decides on its victim.
    var draw: UInt64

    var description: String {
        let seconds = { (milliseconds: Int) in "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
        return "\(seconds(at))  \(name) for \(seconds(length))"
    }
}
