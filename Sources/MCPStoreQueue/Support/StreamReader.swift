import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// Follows some streams with one blocking `XREAD` on a connection of its own: an inbox, a space's changes, a control stream.
///
/// It reads again after every answer and every reconnect; nobody polls. Of many streams only those are read of which something
/// is expected: a blocking read costs Redis more with every stream that it names.
package final class StreamReader: Sendable {
    /// Gets the entries of one stream in order, on the event loop.
    package typealias Handler = @Sendable ([Entry]) -> Void

    package struct Entry: Sendable {
        package let id: String
        package let fields: RESPArray

        /// Reads an entry as `XREAD` and `XRANGE` write it; `nil` where it is something else.
        package init?(_ reply: RESPReply) {
            guard let pair = reply.array, pair.count == 2, let id = pair[0].string, let fields = pair[1].array else { return nil }
            self.id = id
            self.fields = fields
        }

        /// The value of a field; `nil` where the entry has none of that name.
        package func value(_ name: String) -> RESPReply? {
            var iterator = fields.makeIterator()
            while let field = iterator.next(), let value = iterator.next() {
                if field.string == name { return value }
            }
            return nil
        }
    }

    private struct Stream {
        var last: String
        /// ``ServerClock/boot()`` when something was last expected; `nil`: always.
        var expected: Int?
        var handler: Handler
    }

    /// What the one read is doing.
    private enum Reading: Equatable {
        case none
        /// Of these streams, or about to be sent.
        case under(streams: Set<String>)
        /// Nothing is expected: it reads again after a second.
        case asleep
    }

    private struct State {
        var streams: [String: Stream] = [:]
        var isRunning = false
        var reading = Reading.none
        /// Counts the reads, and the one that was asked to end.
        var reads = 0
        var unblocked = 0
        var isArmed = false
        /// ``ServerClock/boot()`` when ``onIdle`` last ran.
        var idle = 0
        var failures = 0
        var count = StreamReader.largestCount

        /// What to read now: keys, and the ids after which.
        var expectedStreams: [(String, String)] {
            guard streams.count > StreamReader.readTogether else { return streams.map { ($0.key, $0.value.last) } }
            let now = ServerClock.boot()
            return streams.filter { ($0.value.expected ?? now) > now - StreamReader.expectedFor }.map { ($0.key, $0.value.last) }
        }
    }

    /// How long one read blocks, in milliseconds.
    private static let block = 1000
    /// Microseconds between two runs of ``onIdle``, at least.
    private static let tickEvery = 500_000
    /// So many streams are read together, whether something is expected of them or not.
    private static let readTogether = 8
    /// How long something is expected after ``expect(_:unblocking:)``, in microseconds.
    private static let expectedFor = 10_000_000
    /// Entries of a stream that one answer may hold: at 64 KiB each they fit well into the largest reply.
    private static let largestCount = 256

    private let client: RedisClient
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let socketTimeout: Duration
    private let onIdle: (@Sendable () -> Void)?
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - client: A connection that nothing else blocks on.
    ///   - onIdle: Runs about once a second while the reader runs, on the event loop.
    package init(
        client: RedisClient,
        socketTimeout: Duration,
        eventLoop: any EventLoop,
        logger: Logger,
        onIdle: (@Sendable () -> Void)? = nil
    ) {
        self.client = client
        self.socketTimeout = socketTimeout
        self.eventLoop = eventLoop
        self.logger = logger
        self.onIdle = onIdle
    }

    /// Whether the blocking read is really in place (invariant I8).
    package var isArmed: Bool { state.withLockedValue { $0.isArmed } && client.isConnected }

    /// Adds a stream. Takes effect with the next read, at the latest after a second.
    ///
    /// - Parameters:
    ///   - from: The id after which to read; `0` for all.
    ///   - isQuiet: Whether it may be left out until ``expect(_:unblocking:)`` says that something is expected.
    package func add(_ key: String, from: String, isQuiet: Bool = false, handler: @escaping Handler) {
        let expected = isQuiet ? Int.min : nil
        state.withLockedValue { $0.streams[key] = Stream(last: from, expected: expected, handler: handler) }
        readIfIdle()
    }

    /// Something will be written to a quiet stream: it is read from now on, for ten seconds.
    ///
    /// - Parameter other: A connection that does not block, with which a read that leaves the stream out is ended.
    package func expect(_ key: String, unblocking other: RedisClient) {
        state.withLockedValue { $0.streams[key]?.expected = ServerClock.boot() }
        readNow(key, unblocking: other)
    }

    /// Ends a read that leaves a stream out.
    private func readNow(_ key: String, unblocking other: RedisClient) {
        let (read, isAsleep) = state.withLockedValue { state -> (Int?, Bool) in
            switch state.reading {
            case .none: return (nil, false)
            case .asleep:
                state.reading = .under(streams: [])
                return (nil, true)
            case .under(let streams): return (streams.contains(key) ? nil : state.reads, false)
            }
        }
        if isAsleep { return eventLoop.execute { self.read() } }
        if let read { unblock(read, using: other) }
    }

    private func unblock(_ read: Int, using other: RedisClient) {
        let isAsked = state.withLockedValue { state in
            guard state.isArmed, state.reads == read, state.unblocked != read else { return false }
            state.unblocked = read
            return true
        }
        guard isAsked, let id = client.clientID else { return }
        other.send(RedisCommand("CLIENT", "UNBLOCK", String(id))) { result in
            guard case .success(let reply) = result, reply.integer == 0 else { return }
            // The read has not reached Redis yet: it travels on another connection.
            self.eventLoop.scheduleTask(in: .milliseconds(2)) {
                self.state.withLockedValue { if $0.unblocked == read { $0.unblocked = 0 } }
                self.unblock(read, using: other)
            }
        }
    }

    /// Adds a stream of which only what comes from now on is wanted, and reads it at once.
    ///
    /// - Parameter other: Another connection that does not block, to ask where the stream ends now.
    package func follow(_ key: String, using other: RedisClient, handler: @escaping Handler) {
        other.send(RedisCommand("XREVRANGE", key, "+", "-", "COUNT", "1")) { result in
            switch result {
            case .success(let reply):
                self.add(key, from: reply.array?.first?.array?.first?.string ?? "0", handler: handler)
                // Who has just added a service changes it next, and does not want to wait for that.
                self.readNow(key, unblocking: other)
            case .failure(let error) where error.code == .closed:
                break
            case .failure:
                self.eventLoop.scheduleTask(in: .seconds(1)) { self.follow(key, using: other, handler: handler) }
            }
        }
    }

    package func remove(_ key: String) {
        state.withLockedValue { _ = $0.streams.removeValue(forKey: key) }
    }

    package func start() {
        state.withLockedValue { $0.isRunning = true }
        readIfIdle()
    }

    package func stop() {
        state.withLockedValue { $0.isRunning = false }
    }

    /// The id up to which a stream was read.
    package func position(of key: String) -> String? {
        state.withLockedValue { $0.streams[key]?.last }
    }

    private func readIfIdle() {
        let starts = state.withLockedValue { state in
            guard state.isRunning, state.reading == .none, !state.streams.isEmpty else { return false }
            state.reading = .under(streams: [])
            return true
        }
        if starts { eventLoop.execute { self.read() } }
    }

    private func read() {
        let streams = state.withLockedValue { state -> [(String, String)]? in
            guard state.isRunning, !state.streams.isEmpty else {
                state.reading = .none
                state.isArmed = false
                return nil
            }
            state.isArmed = true
            state.reads += 1
            let streams = state.expectedStreams
            state.reading = streams.isEmpty ? .asleep : .under(streams: Set(streams.map(\.0)))
            return streams
        }
        guard let streams else { return }
        guard !streams.isEmpty else { return sleep() }
        let count = state.withLockedValue { $0.count }
        var command = RedisCommand("XREAD", "COUNT", String(count), "BLOCK", String(Self.block), "STREAMS")
        for stream in streams { command.append(stream.0) }
        for stream in streams { command.append(stream.1) }
        client.send(command, timeout: .milliseconds(Self.block) + socketTimeout) { result in
            switch result {
            case .success(let reply):
                self.state.withLockedValue { state in
                    state.failures = 0
                    state.count = min(state.count * 2, Self.largestCount)
                }
                self.deliver(reply)
                self.tick()
                // Behind what those send who were told something just now, one turn to run and one to write: Redis does first
                // what somebody waits for.
                self.eventLoop.execute { self.eventLoop.execute { self.read() } }
            case .failure(let error):
                self.failed(error)
            }
        }
    }

    /// Answers may come much more often than there is something to do.
    private func tick() {
        let now = ServerClock.boot()
        let isDue = state.withLockedValue { state in
            guard now - state.idle >= Self.tickEvery else { return false }
            state.idle = now
            return true
        }
        if isDue { onIdle?() }
    }

    /// Nothing is expected, so nothing is read.
    private func sleep() {
        eventLoop.scheduleTask(in: .milliseconds(Int64(Self.block))) {
            let wakes = self.state.withLockedValue { state in
                guard state.reading == .asleep else { return false }
                state.reading = .under(streams: [])
                return true
            }
            guard wakes else { return }
            self.tick()
            self.read()
        }
    }

    private func deliver(_ reply: RESPReply) {
        guard let streams = reply.array else { return }
        for stream in streams {
            guard let parts = stream.array, parts.count == 2, let key = parts[0].string, let list = parts[1].array else {
                continue
            }
            let entries = list.compactMap(Entry.init)
            guard let last = entries.last else { continue }
            let handler = state.withLockedValue { state -> Handler? in
                state.streams[key]?.last = last.id
                return state.streams[key]?.handler
            }
            handler?(entries)
        }
    }

    private func failed(_ error: RedisError) {
        let failures = state.withLockedValue { state in
            state.isArmed = false
            state.failures += 1
            // An answer that was too large, over many streams, is asked for in smaller parts.
            if error.code != .closed { state.count = max(state.count / 2, 1) }
            return state.failures
        }
        if failures == 1 { logger.debug("reading streams failed, will read again", metadata: ["error": "\(error.message)"]) }
        guard error.code != .closed else {
            return state.withLockedValue { state in
                state.isRunning = false
                state.reading = .none
            }
        }
        tick()
        // The client reconnects by itself; a command that fails at once (no permission) must not spin.
        eventLoop.scheduleTask(in: .milliseconds(min(20 << min(Int64(failures), 6), 1000))) { self.read() }
    }
}
