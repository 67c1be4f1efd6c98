import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// Knows up to where the writes of one connection are confirmed by replicas (`WAIT`).
///
/// Who has sent a write takes a ticket; a `WAIT` follows on the same connection, one for all tickets of a burst, and one at a
/// time: what is sent meanwhile is covered by the next. Nobody waits here: whoever wants to know asks ``isConfirmed(_:)``.
final class ReplicaBarrier: Sendable {
    /// When a `WAIT` follows a write, and how long it may block the connection.
    enum Pace: Sendable {
        /// At the end of the tick, for as long as the operator allows.
        case atOnce
        /// A tenth of a second later and for no longer than that: for writes of which a copy is kept until they are confirmed.
        case leisurely
    }

    private struct State {
        var last = 0
        var confirmed = 0
        var generation = 0
        var isScheduled = false
        var isShort = false
    }

    /// How long nothing is asked after too few replicas answered, so that a replica that is away does not block the connection
    /// all the time.
    private static let pause = TimeAmount.seconds(1)

    private let client: RedisClient
    private let wait: ReplicaWait
    private let pace: Pace
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    /// `nil` where the client's URL asks for no replicas.
    init?(_ client: RedisClient, pace: Pace, logger: Logger) {
        guard let wait = client.configuration.replicaWait else { return nil }
        self.client = client
        self.wait = pace == .atOnce ? wait : ReplicaWait(replicas: wait.replicas, timeout: min(wait.timeout, .milliseconds(100)))
        self.pace = pace
        self.logger = logger
    }

    /// A number for what was sent, or answered, on the client's connection until now.
    func ticket() -> Int {
        let (ticket, starts) = state.withLockedValue { state in
            state.last += 1
            defer { state.isScheduled = true }
            return (state.last, !state.isScheduled)
        }
        if starts { schedule() }
        return ticket
    }

    /// Whether enough replicas have what the ticket was taken for. Means nothing for tickets of an earlier server.
    func isConfirmed(_ ticket: Int) -> Bool { state.withLockedValue { ticket > 0 && ticket <= $0.confirmed } }

    /// To be called when the client has a new connection, before anything is written to it.
    func connectionChanged() { state.withLockedValue { $0.generation += 1 } }

    private func schedule() {
        switch pace {
        case .atOnce: client.eventLoop.execute { self.ask() }
        case .leisurely: client.eventLoop.scheduleTask(in: .milliseconds(100)) { self.ask() }
        }
    }

    private func ask() {
        let (upTo, generation) = state.withLockedValue { ($0.last, $0.generation) }
        client.wait(for: wait) { result in
            switch result {
            case .success(let replicas): self.answered(replicas, upTo, generation)
            case .failure(let error) where error.code == .closed: break
            // With the next connection.
            case .failure: self.client.eventLoop.scheduleTask(in: Self.pause) { self.ask() }
            }
        }
    }

    private func answered(_ replicas: Int, _ upTo: Int, _ generation: Int) {
        let isEnough = replicas >= wait.replicas
        let (isNews, goesOn) = state.withLockedValue { state in
            // What was queued for one connection and sent on the next says nothing of the first.
            if isEnough, generation == state.generation { state.confirmed = max(state.confirmed, upTo) }
            let isNews = state.isShort == isEnough
            state.isShort = !isEnough
            state.isScheduled = state.confirmed < state.last
            return (isNews, state.isScheduled)
        }
        if isNews {
            logger.log(
                level: isEnough ? .info : .warning,
                isEnough
                    ? "replicas confirm what is written again"
                    : "fewer replicas than asked for confirm what is written: calls are in doubt until they do",
                metadata: ["replicas": "\(replicas)", "wait_replicas": "\(wait.replicas)"]
            )
        }
        guard goesOn else { return }
        if isEnough { schedule() } else { client.eventLoop.scheduleTask(in: Self.pause) { self.ask() } }
    }
}

extension RedisClient {
    /// Sends `WAIT`; the completion gets the number of replicas that have all that this connection wrote before. It may come
    /// over a later connection than the writes: who asks must know.
    func wait(for wait: ReplicaWait, completion: @escaping @Sendable (Result<Int, RedisError>) -> Void) {
        let command = RedisCommand("WAIT", String(wait.replicas), String(wait.milliseconds))
        send(command, timeout: wait.timeout + configuration.socketTimeout) { result in
            completion(
                result.flatMap { reply in
                    if let count = reply.integer { return .success(count) }
                    return .failure(RedisError(.unexpectedReply, "WAIT was answered with something unexpected"))
                }
            )
        }
    }
}
