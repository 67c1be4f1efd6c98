import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// The stream on which one calling process receives outcomes: created and renewed by it, trimmed by what it has read,
/// expires with it.
final class Inbox: Sendable {
    /// How long it lives without being renewed, in milliseconds.
    static let lifetime = 60_000
    /// It is trimmed when this many entries were read, and about once a second.
    static let trimEvery = 64

    private struct State {
        var isOpen = false
        var isRenewing = false
        var renewed = 0
        /// ``ServerClock/boot()`` when the reader was last told to expect something.
        var expected = 0
        var untrimmed = 0
        /// ``ServerClock/boot()`` of the last trimming.
        var trimmed = 0
        var last = "0"
        var recreated: (@Sendable () -> Void)?
        var received: (@Sendable ([StreamReader.Entry]) -> Void)?
    }

    let key: String
    private let client: RedisClient
    private let reader: StreamReader
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    init(key: String, client: RedisClient, reader: StreamReader, logger: Logger) {
        self.key = key
        self.client = client
        self.reader = reader
        self.logger = logger
    }

    /// - Parameter recreated: The inbox was gone and is there again, empty.
    /// - Throws: ``QueueError`` (`redis`).
    func open(
        _ received: @escaping @Sendable ([StreamReader.Entry]) -> Void,
        recreated: @escaping @Sendable () -> Void
    ) async throws(QueueError) {
        do {
            _ = try await client.evaluate(Scripts.inboxOpen, keys: [key], arguments: [.int(Self.lifetime)])
        } catch {
            throw QueueError(error)
        }
        state.withLockedValue { state in
            state.isOpen = true
            state.renewed = ServerClock.boot()
            state.recreated = recreated
        }
        follow(received)
    }

    private func follow(_ received: @escaping @Sendable ([StreamReader.Entry]) -> Void) {
        state.withLockedValue { $0.received = received }
        reader.add(key, from: "0", isQuiet: true) { [weak self] entries in
            received(entries)
            self?.read(entries)
        }
    }

    /// A job is about to be submitted whose outcome will arrive here, or is still waited for.
    func expect(now: Int) {
        let tells = state.withLockedValue { state in
            guard now - state.expected >= 1_000_000 else { return false }
            state.expected = now
            return true
        }
        if tells { reader.expect(key, unblocking: client) }
    }

    func close() async {
        state.withLockedValue { $0.isOpen = false }
        reader.remove(key)
        do {
            _ = try await client.execute(RedisCommand("DEL", key))
        } catch {
            logger.debug("the inbox was not deleted and will expire", metadata: ["error": "\(error.message)"])
        }
    }

    private func read(_ entries: [StreamReader.Entry]) {
        guard let last = entries.last else { return }
        let trims = state.withLockedValue { state in
            state.last = last.id
            state.untrimmed += entries.count
            return state.untrimmed >= Self.trimEvery
        }
        if trims { trim(now: ServerClock.boot()) }
    }

    private func trim(now: Int) {
        let last = state.withLockedValue { state -> String? in
            guard state.untrimmed >= Self.trimEvery || (state.untrimmed > 0 && now - state.trimmed >= 900_000) else { return nil }
            state.untrimmed = 0
            state.trimmed = now
            return state.last
        }
        guard let last else { return }
        // MINID keeps the last entry read; it is the only one that stays.
        client.send(RedisCommand("XTRIM", key, "MINID", last)) { _ in }
    }

    /// Keeps the inbox: every second while somebody waits, so that a deletion is noticed at once, else every 5 seconds.
    ///
    /// - Parameter now: Whether to do it whenever it was done last.
    func renew(isWaiting: Bool, now isUrgent: Bool = false) {
        let now = ServerClock.boot()
        if isWaiting { expect(now: now) }
        let renews = state.withLockedValue { state in
            guard state.isOpen, !state.isRenewing || isUrgent else { return false }
            guard isUrgent || now - state.renewed >= (isWaiting ? 900_000 : 5_000_000) else { return false }
            state.isRenewing = true
            return true
        }
        trim(now: now)
        guard renews else { return }
        client.send(Scripts.inboxOpen, keys: [key], arguments: [.int(Self.lifetime)]) { result in
            let (isNew, state) = self.state.withLockedValue { state -> (Bool, State) in
                state.isRenewing = false
                guard case .success(let reply) = result, state.isOpen else { return (false, state) }
                state.renewed = now
                return (reply.string == "0", state)
            }
            guard isNew else { return }
            // Ids begin anew where the data was lost with the clock of another server.
            if let received = state.received { self.follow(received) }
            state.recreated?()
        }
    }
}
