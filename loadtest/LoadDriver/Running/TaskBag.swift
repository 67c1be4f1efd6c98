/// Tasks that go on, to be cancelled together.
struct TaskBag: Sendable {
    private var tasks: [UInt64: Task<Void, Never>?] = [:]
    private var last: UInt64 = 0
    private var isCancelled = false

    /// A number for a task that is about to be made.
    mutating func reserve() -> UInt64 {
        last += 1
        tasks[last] = .some(nil)
        return last
    }

    /// Unless it has ended already.
    mutating func keep(_ task: Task<Void, Never>, as number: UInt64) {
        guard tasks[number] != nil else { return }
        tasks[number] = .some(task)
        if isCancelled { task.cancel() }
    }

    mutating func remove(_ number: UInt64) {
        tasks[number] = nil
    }

    /// Those that come later, too.
    mutating func cancelAll() {
        isCancelled = true
        for task in tasks.values { task?.cancel() }
    }
}
