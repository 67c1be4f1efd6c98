import DequeModule

/// The lanes of a space in memory and what lies in them: a state machine without I/O.
///
/// An entry is in here exactly as long as its job has no outcome: ``remove(_:claims:)`` is the fence.
struct MemoryLanes {
    private struct Line {
        /// Queued entries in order, and some that are gone.
        var queue: Deque<EntryID> = []
        var queued = 0
        var running = 0
        /// Part of `queued`: not in `queue` for the moment.
        var held = 0
    }

    private(set) var entries: [EntryID: MemoryEntry] = [:]
    private var jobs: [String: EntryID] = [:]
    private var lines: [LaneID: Line] = [:]
    private var sequence = 0

    init() {}

    // MARK: Entries

    /// Accepts a job.
    mutating func add(_ job: Job, at milliseconds: Int, waiter: MemoryEntry.Waiter?) -> MemoryEntry {
        insert(MemoryEntry(Delivery(job: job, entry: makeID(milliseconds, in: job.laneID)), waiter: waiter))
    }

    /// Accepts again, under a new id, what was taken out: it carries what it had and is held until ``release(_:)``.
    mutating func hold(_ old: MemoryEntry, attempt: Int, deaths: Int, at milliseconds: Int) -> MemoryEntry {
        var job = old.delivery.job
        job.since = job.since ?? old.delivery.entry.milliseconds
        job.attempt = attempt
        job.deaths = deaths
        var entry = MemoryEntry(Delivery(job: job, entry: makeID(milliseconds, in: job.laneID)), waiter: old.waiter)
        entry.place = .held
        return insert(entry)
    }

    private mutating func makeID(_ milliseconds: Int, in lane: LaneID) -> EntryID {
        sequence += 1
        return EntryID(milliseconds: milliseconds, sequence: sequence, in: lane, origin: .memory)
    }

    private mutating func insert(_ entry: MemoryEntry) -> MemoryEntry {
        let id = entry.delivery.entry
        entries[id] = entry
        jobs[entry.delivery.job.id] = id
        let lane = entry.delivery.job.laneID
        lines[lane, default: Line()].queued += 1
        if entry.place == .held { lines[lane]?.held += 1 } else { lines[lane]?.queue.append(id) }
        return entry
    }

    /// What was held goes back into its lane.
    ///
    /// - Returns: Whether it was still held.
    mutating func release(_ id: EntryID) -> Bool {
        guard let entry = entries[id], entry.place == .held else { return false }
        let lane = entry.delivery.job.laneID
        entries[id]?.place = .queued
        lines[lane]?.held -= 1
        lines[lane]?.queue.append(id)
        return true
    }

    /// Delivers up to `count` queued jobs of a lane to a worker.
    mutating func take(_ lane: LaneID, upTo count: Int, for worker: String) -> [Delivery] {
        var taken: [Delivery] = []
        while taken.count < count, let id = lines[lane]?.queue.popFirst() {
            guard let entry = entries[id] else { continue }
            entries[id]?.place = .running(worker)
            lines[lane]?.queued -= 1
            lines[lane]?.running += 1
            taken.append(entry.delivery)
        }
        return taken
    }

    /// Takes an entry out: of all who try to settle it, exactly one gets it.
    ///
    /// - Parameter claims: Whether it may be undelivered.
    mutating func remove(_ id: EntryID, claims: Bool) -> MemoryEntry? {
        guard let entry = entries[id], claims || entry.owner != nil else { return nil }
        entries[id] = nil
        jobs[entry.delivery.job.id] = nil
        let lane = entry.delivery.job.laneID
        switch entry.place {
        case .running:
            lines[lane]?.running -= 1
        case .held:
            lines[lane]?.queued -= 1
            lines[lane]?.held -= 1
        case .queued:
            lines[lane]?.queued -= 1
            tidy(lane)
        }
        return entry
    }

    /// Forgets entries that are gone, so that a lane that nobody reads does not grow with what ends in it.
    private mutating func tidy(_ lane: LaneID) {
        guard let line = lines[lane], line.queue.count > 2 * (line.queued - line.held) + 64 else { return }
        lines[lane]?.queue.removeAll { entries[$0] == nil }
    }

    /// Forgets the lanes of a service of which nothing is left.
    mutating func forget(_ service: ServiceID) {
        for lane in Lane.allCases { lines[LaneID(service: service, lane: lane)] = nil }
    }

    /// Takes out who waits for the jobs of a caller; the jobs go on.
    mutating func takeWaiters(of caller: String) -> [MemoryEntry.Waiter] {
        var waiters: [MemoryEntry.Waiter] = []
        for (id, entry) in entries {
            guard let waiter = entry.waiter, waiter.caller == caller else { continue }
            entries[id]?.waiter = nil
            waiters.append(waiter)
        }
        return waiters
    }

    // MARK: Looking

    func entry(ofJob id: String) -> MemoryEntry? { jobs[id].flatMap { entries[$0] } }

    /// Queued and running jobs of a lane.
    func length(_ lane: LaneID) -> Int { lines[lane].map { $0.queued + $0.running } ?? 0 }

    /// Entries that its queue remembers, those that are gone included.
    func remembered(_ lane: LaneID) -> Int { lines[lane]?.queue.count ?? 0 }

    func isEmpty(_ service: ServiceID) -> Bool {
        Lane.allCases.allSatisfy { length(LaneID(service: service, lane: $0)) == 0 }
    }

    func depth(_ lane: LaneID, now: Int) -> LaneDepth {
        let line = lines[lane] ?? Line()
        let oldest = line.queue.lazy.compactMap { entries[$0] }.first
        return LaneDepth(
            lane: lane,
            length: line.queued + line.running,
            running: line.running,
            oldestWait: oldest.map { max(now - $0.delivery.entry.milliseconds * 1000, 0) }
        )
    }

    /// What nobody has started of a service.
    func waiting(_ service: ServiceID) -> [MemoryEntry] {
        entries.values.filter { $0.owner == nil && $0.delivery.job.service == service }
    }

    func running(on worker: String) -> [MemoryEntry] { entries.values.filter { $0.owner == worker } }

    /// What is past its deadline, and when the next will be; `.max` where none is left.
    func expired(now: Int) -> (entries: [MemoryEntry], next: Int) {
        var expired: [MemoryEntry] = []
        var next = Int.max
        for entry in entries.values {
            if entry.due <= now { expired.append(entry) } else { next = min(next, entry.due) }
        }
        return (expired, next)
    }
}
