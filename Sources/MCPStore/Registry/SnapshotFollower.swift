import Logging
import MCPStoreQueue
import NIOConcurrencyHelpers

/// Keeps a snapshot of the registry current: reads again what `{space}:changes` says has changed, and everything after a
/// gap. One read at a time; what changes meanwhile is read next.
package final class SnapshotFollower: Sendable {
    private struct State {
        var snapshot = RegistrySnapshot()
        /// Counts the changes of the snapshot.
        var revision = 0
        var changes = SnapshotChanges()
        var isLoading = false
        /// When everything was last read for the sake of an unknown name.
        var lastLookup = Int.min
        /// Who waits for a read that begins after they asked.
        var waiters: [CheckedContinuation<Result<Void, QueueError>, Never>] = []
        var observers: [Int: AsyncStream<Void>.Continuation] = [:]
        /// Entries of the changes may have been missed: what is read next says what is, not how it came to be so.
        var hasGap = false
        var listeners: [Int: (scope: Scope, buffer: EventBuffer)] = [:]
        var isFinished = false
        var nextObserver = 0
    }

    /// A lookup of an unknown name may have everything read again, but not more often than this (microseconds).
    private static let lookupInterval = 1_000_000
    /// A batch of this many entries may have lost some: the stream is capped.
    static let largeBatch = 1000

    private let loader: SnapshotLoader
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    package init(space: Space, registry: any Registry, logger: Logger) {
        loader = SnapshotLoader(space: space, registry: registry)
        self.logger = logger
    }

    /// Looks at the snapshot. `body` runs under the lock: short, and without waiting.
    package func withSnapshot<Value>(_ body: (RegistrySnapshot) -> Value) -> Value {
        state.withLockedValue { body($0.snapshot) }
    }

    /// Another one whenever the snapshot has changed: cheaper to look at than the snapshot.
    package var revision: Int { state.withLockedValue { $0.revision } }

    /// The snapshot with its revision.
    package func current() -> (snapshot: RegistrySnapshot, revision: Int) {
        state.withLockedValue { ($0.snapshot, $0.revision) }
    }

    /// Reads everything again and waits for it.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func reload() async throws(QueueError) {
        try await refresh { $0.changes.addEverything() }
    }

    /// Reads services again and waits for it.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func reload(_ services: [String]) async throws(QueueError) {
        try await refresh { state in services.forEach { state.changes.add($0, .all) } }
    }

    /// Reads everything again for the sake of an unknown name, unless that was done a moment ago; then waits for what is
    /// being read.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func reloadForLookup() async throws(QueueError) {
        let now = ServerClock.boot()
        try await refresh { state in
            guard state.lastLookup == .min || now - state.lastLookup >= Self.lookupInterval else { return }
            state.lastLookup = now
            state.changes.addEverything()
        }
    }

    /// Reads again what these entries of `{space}:changes` say, and waits for it and for what is being read.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    func catchUp(with changes: SnapshotChanges) async throws(QueueError) {
        try await refresh { $0.changes.add(changes) }
    }

    /// New entries of `{space}:changes`.
    package func received(_ entries: [StreamReader.Entry]) {
        invalidate { state in
            if entries.count >= Self.largeBatch {
                state.hasGap = true
                return state.changes.addEverything()
            }
            for entry in entries { state.changes.add(entry) }
        }
    }

    /// The registry changed.
    func received(_ changes: SnapshotChanges) {
        invalidate { $0.changes.add(changes) }
    }

    /// Entries may have been missed: the connection was lost.
    package func missedSome() {
        invalidate { state in
            state.hasGap = true
            state.changes.addEverything()
        }
    }

    /// What is known is old: everything is read again.
    func readAnew() {
        invalidate { $0.changes.addEverything() }
    }

    /// To be called about once a second: tries again what failed, and lets observers look at the clock.
    package func tick() {
        invalidate { _ in }
        state.withLockedValue { $0.observers.values.forEach { $0.yield() } }
    }

    /// An element whenever the snapshot may have changed, and about once a second. Ends with ``finish()``.
    package func ticks() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (number, isFinished) = state.withLockedValue { state in
            state.nextObserver += 1
            if !state.isFinished { state.observers[state.nextObserver] = continuation }
            return (state.nextObserver, state.isFinished)
        }
        if isFinished { continuation.finish() }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLockedValue { _ = $0.observers.removeValue(forKey: number) }
        }
        return stream
    }

    /// Has `buffer` told what changes for somebody from now on, until ``removeListener(_:)``.
    ///
    /// - Returns: The listener's number.
    func addListener(_ scope: Scope, _ buffer: EventBuffer) -> Int {
        let (number, isFinished) = state.withLockedValue { state in
            state.nextObserver += 1
            if !state.isFinished { state.listeners[state.nextObserver] = (scope, buffer) }
            return (state.nextObserver, state.isFinished)
        }
        if isFinished { buffer.finish() }
        return number
    }

    func removeListener(_ number: Int) {
        state.withLockedValue { _ = $0.listeners.removeValue(forKey: number) }
    }

    /// Ends every stream of ticks and every buffer of events, also those that are asked for later.
    package func finish() {
        let (observers, listeners) = state.withLockedValue { state in
            state.isFinished = true
            defer { state.listeners = [:] }
            return (Array(state.observers.values), Array(state.listeners.values))
        }
        observers.forEach { $0.finish() }
        listeners.forEach { $0.buffer.finish() }
    }

    private func invalidate(_ change: (inout State) -> Void) {
        let starts = state.withLockedValue { state in
            change(&state)
            return Self.begins(&state)
        }
        if starts { Task { await self.load() } }
    }

    private func refresh(_ change: (inout State) -> Void) async throws(QueueError) {
        let result: Result<Void, QueueError> = await withCheckedContinuation { continuation in
            invalidate { state in
                change(&state)
                state.waiters.append(continuation)
            }
        }
        try result.get()
    }

    private static func begins(_ state: inout State) -> Bool {
        guard !state.isLoading, !state.changes.isEmpty || !state.waiters.isEmpty else { return false }
        state.isLoading = true
        return true
    }

    @concurrent
    private func load() async {
        while true {
            let (changes, waiters, hasGap) = state.withLockedValue { state in
                defer { (state.changes, state.waiters, state.hasGap) = (SnapshotChanges(), [], false) }
                return (state.changes, state.waiters, state.hasGap)
            }
            let result: Result<Void, QueueError>
            do {
                apply(try await loader.load(changes), hasGap: hasGap)
                result = .success(())
            } catch {
                logger.debug("the registry could not be read, will read again", metadata: ["error": "\(error.message)"])
                state.withLockedValue { state in
                    state.changes.add(changes)
                    state.hasGap = state.hasGap || hasGap
                }
                result = .failure(error)
            }
            for waiter in waiters { waiter.resume(returning: result) }
            let goesOn = state.withLockedValue { state in
                state.isLoading = false
                // After a failure the next tick or connection tries again, unless somebody waits.
                if case .failure = result, state.waiters.isEmpty { return false }
                return Self.begins(&state)
            }
            if !goesOn { return }
        }
    }

    private func apply(_ update: SnapshotLoader.Update, hasGap: Bool) {
        let (listeners, difference) = state.withLockedValue { state in
            var difference = SnapshotDifference()
            let isHeard = !state.listeners.isEmpty
            state.revision += 1
            switch update {
            case .everything(let snapshot):
                if isHeard { difference = SnapshotDifference(before: state.snapshot.services, after: snapshot.services) }
                state.snapshot = snapshot
            case .parts(let parts):
                let names = isHeard ? parts.map(\.0) : []
                for name in names { difference.before[name] = state.snapshot.services[name] }
                for (name, part) in parts {
                    switch part {
                    case .service(let service): state.snapshot.set(service)
                    case .state(let service): state.snapshot.set(service, of: name)
                    case .removed: state.snapshot.remove(name)
                    }
                }
                for name in names { difference.after[name] = state.snapshot.services[name] }
            }
            state.observers.values.forEach { $0.yield() }
            return (Array(state.listeners.values), difference)
        }
        // One read at a time: what is told is in order.
        for (scope, buffer) in listeners {
            buffer.push((hasGap ? [.missed] : []) + difference.events(in: scope))
        }
    }
}
