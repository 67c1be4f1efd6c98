import DequeModule

/// How many sessions exist that belong to one call each (isolation `perCall`), those included that are being opened or closed.
struct OwnSessions {
    private(set) var count = 0
    private var waiting: Deque<CheckedContinuation<Void, Never>> = []
    private var untilNone: [CheckedContinuation<Void, Never>] = []

    /// Takes a place where there are fewer than `limit`.
    mutating func take(limit: Int) -> Bool {
        guard count < limit else { return false }
        count += 1
        return true
    }

    /// Gets the place of the next session that is gone.
    mutating func wait(_ continuation: CheckedContinuation<Void, Never>) { waiting.append(continuation) }

    mutating func waitUntilNone(_ continuation: CheckedContinuation<Void, Never>) { untilNone.append(continuation) }

    /// A session is gone.
    mutating func leave() {
        if let next = waiting.popFirst() { return next.resume() }
        count -= 1
        guard count == 0 else { return }
        for continuation in untilNone { continuation.resume() }
        untilNone = []
    }
}
