import NIOCore

/// The deadlines of many requests behind one timer: a binary heap in which entries of requests that ended early stay until they
/// come to the top or are more than the living ones.
struct DeadlineQueue {
    private struct Entry {
        var deadline: NIODeadline
        var id: Int
    }

    private var heap: [Entry] = []

    /// How many entries are held, stale ones included.
    var count: Int { self.heap.count }

    /// The earliest deadline, which may belong to a request that has ended.
    var earliest: NIODeadline? { self.heap.first?.deadline }

    /// Adds a request.
    mutating func insert(_ id: Int, deadline: NIODeadline) {
        self.heap.append(Entry(deadline: deadline, id: id))
        var child = self.heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.heap[child].deadline < self.heap[parent].deadline else { break }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes and returns the next request whose time is over.
    mutating func popExpired(now: NIODeadline) -> Int? {
        guard let first = self.heap.first, first.deadline <= now else { return nil }
        self.removeFirst()
        return first.id
    }

    /// Removes entries at the top, and all others once they are in the majority, for which `isAlive` is `false`.
    mutating func discardStale(living: Int, isAlive: (Int) -> Bool) {
        while let first = self.heap.first, !isAlive(first.id) { self.removeFirst() }
        guard self.heap.count > 2 * living + 64 else { return }
        let remaining = self.heap.filter { isAlive($0.id) }
        self.heap.removeAll(keepingCapacity: true)
        for entry in remaining { self.insert(entry.id, deadline: entry.deadline) }
    }

    private mutating func removeFirst() {
        self.heap.swapAt(0, self.heap.count - 1)
        self.heap.removeLast()
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.heap.count {
                if self.heap[child].deadline < self.heap[smallest].deadline { smallest = child }
            }
            guard smallest != parent else { return }
            self.heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
