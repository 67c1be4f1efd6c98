import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// Follows some streams with one blocking `XREAD` on a connection of its own: an inbox, a space's changes, a control stream.
///
/// It reads again after every answer and every reconnect; nobody polls.
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
        var handler: Handler
    }

    private struct State {
        var streams: [String: Stream] = [:]
        var isRunning = false
        var isReading = false
        var isArmed = false
        var failures = 0
        var count = StreamReader.largestCount
    }

    /// How long one read blocks, in milliseconds. After each, ``onIdle`` runs.
    private static let block = 1000
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
    ///   - onIdle: Runs at least once a second while the reader runs, on the event loop.
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
    /// - Parameter from: The id after which to read; `0` for all.
    package func add(_ key: String, from: String, handler: @escaping Handler) {
        state.withLockedValue { $0.streams[key] = Stream(last: from, handler: handler) }
        readIfIdle()
    }

    /// Adds a stream of which only what comes from now on is wanted.
    ///
    /// - Parameter other: Another connection, to ask where the stream ends now.
    package func follow(_ key: String, using other: RedisClient, handler: @escaping Handler) {
        other.send(RedisCommand("XREVRANGE", key, "+", "-", "COUNT", "1")) { result in
            switch result {
            case .success(let reply):
                self.add(key, from: reply.array?.first?.array?.first?.string ?? "0", handler: handler)
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
            guard state.isRunning, !state.isReading, !state.streams.isEmpty else { return false }
            state.isReading = true
            return true
        }
        if starts { eventLoop.execute { self.read() } }
    }

    private func read() {
        let streams = state.withLockedValue { state -> [(String, String)] in
            guard state.isRunning, !state.streams.isEmpty else {
                state.isReading = false
                state.isArmed = false
                return []
            }
            state.isArmed = true
            return state.streams.map { ($0.key, $0.value.last) }
        }
        guard !streams.isEmpty else { return }
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
                self.onIdle?()
                // Behind what those send who were told something just now, one turn to run and one to write: Redis does first
                // what somebody waits for.
                self.eventLoop.execute { self.eventLoop.execute { self.read() } }
            case .failure(let error):
                self.failed(error)
            }
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
                state.isReading = false
            }
        }
        onIdle?()
        // The client reconnects by itself; a command that fails at once (no permission) must not spin.
        eventLoop.scheduleTask(in: .milliseconds(min(20 << min(Int64(failures), 6), 1000))) { self.read() }
    }
}
