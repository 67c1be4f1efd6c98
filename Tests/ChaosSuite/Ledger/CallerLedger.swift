import Foundation

/// What one calling process wrote down.
struct CallerLedger: Sendable {
    struct Call: Sendable {
        var call: PlannedCall
        /// By ``Microseconds``.
        var submitted: Int
        /// More than one is a fault of the system; none, where the caller was killed, is not.
        var endings: [Ending] = []
    }

    var name: String
    /// Whether the suite killed the process: its open calls have nobody to be told to.
    var wasKilled = false
    /// By call id.
    var calls: [String: Call] = [:]
    /// Endings of calls that were never submitted.
    var strays: [Ending] = []

    init(name: String, wasKilled: Bool = false) {
        self.name = name
        self.wasKilled = wasKilled
    }

    /// - Throws: ``ChaosError`` where a line is none; the last one of a process that was killed may be half.
    init(name: String, path: String, wasKilled: Bool) throws {
        self.init(name: name, wasKilled: wasKilled)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        // What follows the last line end is a line that was not finished, or nothing.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() { add(try LedgerLine(line)) }
    }

    mutating func add(_ line: LedgerLine) {
        switch line {
        case .submitted(let call, let at): calls[call.id] = Call(call: call, submitted: at)
        case .ended(let ending):
            if calls[ending.id] == nil { strays.append(ending) } else { calls[ending.id]?.endings.append(ending) }
        }
    }
}
