import DequeModule

/// Bounds how many servers a worker starts at the same time: a worker that takes over a hundred services must not start a
/// hundred interpreters at once.
actor StartGate {
    private var free: Int
    private var waiting: Deque<CheckedContinuation<Void, Never>> = []

    init(limit: Int) { free = max(limit, 1) }

    func enter() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        if let next = waiting.popFirst() { next.resume() } else { free += 1 }
    }
}
