/// What became of one job, as Redis itself wrote it down in its append-only file.
struct JobHistory: Equatable, Sendable {
    /// The id that its caller gave the call, from its parameters.
    var call: String
    var service: String
    var tool: String
    /// How often it was submitted: once.
    var submissions = 0
    /// How often it moved to a new entry: to another try, or back into its lane.
    var moves = 0
    /// Outcomes that were written into its caller's inbox, one at most, each with the number of times that the data had been
    /// deleted until then.
    var outcomes: [String] = []
    var epoch = 0
    /// Entries of it that are in a lane.
    var entries = 0
    /// Whether its entry was deleted with all data (FLUSHDB).
    var isFlushed = false
    /// Whether its entry went while its caller's inbox was deleted with all data and not yet made anew, so that nobody could be told.
    var hadNoInbox = false
    /// Which command of the log submitted it, and which took its entry away last.
    var began = 0
    var done = 0

    /// Whether it has ended: nothing of it is left, and nobody took it away.
    var hasEnded: Bool { entries <= 0 && !isFlushed }
}
