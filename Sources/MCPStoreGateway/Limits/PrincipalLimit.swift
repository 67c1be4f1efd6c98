import MCPStoreQueue
import NIOConcurrencyHelpers

/// The limits of one principal at this gateway. Requests pass with what is leased; where that is used up they wait for one answer of
/// Redis, together, and those for which it has nothing are refused.
final class PrincipalLimit: Sendable {
    typealias Ask = RequestLimits.Ask

    private struct Waiter {
        let holds: Bool
        let continuation: CheckedContinuation<Result<Permit, Problem>, Never>
    }

    private struct State {
        var ledger: LimitLedger
        var waiters: [Waiter] = []
        var isAsking = false
        var isOver = false
    }

    /// Requests of one principal that wait for Redis; more are refused.
    private static let mostWaiting = 10_000

    private let state: NIOLockedValueBox<State>
    private let ask: Ask
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter blank: An empty request: whose limits they are, and which holder this is.
    init(
        _ blank: RedisAccessLimits.Request,
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        ask: @escaping Ask
    ) {
        state = NIOLockedValueBox(State(ledger: LimitLedger(blank, now: now())))
        self.ask = ask
        self.now = now
    }

    /// Whether nobody needed it for a while: there is to be another one.
    var isOver: Bool { state.withLockedValue { $0.isOver } }

    /// Lets one request pass.
    ///
    /// - Returns: `nil`: this one is not used any more, there is to be another.
    /// - Throws: ``Problem`` 429; 503 where Redis cannot be asked.
    func enter(holds: Bool) async throws(Problem) -> Permit? {
        let now = now()
        switch begin(holds, now) {
        case .over: return nil
        case .refused(let problem): throw problem
        case .passed(let permit):
            askAheadOfTime(now)
            return permit
        case .wait: break
        }
        // It may become so between the two looks.
        var isOver = false
        let result = await withCheckedContinuation { continuation in
            let begins: Bool? = state.withLockedValue { state in
                guard !state.isOver, state.waiters.count < Self.mostWaiting else { return nil }
                state.waiters.append(Waiter(holds: holds, continuation: continuation))
                defer { state.isAsking = true }
                return !state.isAsking
            }
            guard let begins else {
                isOver = self.isOver
                return continuation.resume(returning: .failure(Self.refused("too many of them wait", 1)))
            }
            if begins { Task { await self.keepAsking() } }
        }
        return isOver ? nil : try result.get()
    }

    private enum Beginning {
        case passed(Permit)
        case refused(Problem)
        case wait
        case over
    }

    private func begin(_ holds: Bool, _ now: ContinuousClock.Instant) -> Beginning {
        state.withLockedValue { state -> Beginning in
            if state.isOver { return .over }
            // Who waits already was there before.
            guard state.waiters.isEmpty else { return .wait }
            if state.ledger.enter(holds: holds, now: now) { return .passed(permit(holds)) }
            let empty = state.ledger.emptyTime(now: now)
            return empty > 0 ? .refused(Self.refused(state.ledger.limits, lacksPlace: false, empty)) : .wait
        }
    }

    /// Renews and gives back.
    ///
    /// - Returns: Whether nobody has needed it for a while: it is over then.
    func tick() async -> Bool {
        let now = now()
        let (request, isOver): (RedisAccessLimits.Request?, Bool) = state.withLockedValue { state in
            guard !state.isAsking, !state.isOver else { return (nil, state.isOver) }
            let tick = state.ledger.tick(now: now)
            state.isOver = tick.isOver
            state.isAsking = tick.request != nil
            return tick
        }
        guard let request else { return isOver }
        await send(request, waiters: 0)
        await keepAsking()
        return isOver
    }

    /// Gives everything back: the gateway goes away.
    func close() async {
        let request = state.withLockedValue { state in
            state.isOver = true
            var request = state.ledger.blank
            request.unused = state.ledger.tokens
            return request
        }
        // Where Redis does not answer the lease runs out.
        do throws(QueueError) { _ = try await ask(request) } catch {}
    }

    // MARK: Asking

    private func permit(_ holds: Bool) -> Permit {
        guard holds else { return Permit(nil) }
        return Permit { self.leave() }
    }

    private func leave() {
        let begins = state.withLockedValue { state in
            state.ledger.leave()
            guard state.ledger.isGenerous, !state.isAsking, !state.isOver else { return false }
            state.isAsking = true
            return true
        }
        if begins { Task { await self.giveBack() } }
    }

    private func askAheadOfTime(_ now: ContinuousClock.Instant) {
        let begins = state.withLockedValue { state in
            guard !state.isAsking, !state.isOver, state.ledger.isLow(now: now) else { return false }
            state.isAsking = true
            return true
        }
        if begins { Task { await self.giveBack() } }
    }

    /// Asks although nobody waits.
    private func giveBack() async {
        let now = now()
        let request = state.withLockedValue { $0.ledger.request(for: 0, holding: 0, now: now) }
        await send(request, waiters: 0)
        await keepAsking()
    }

    /// Asks as long as somebody waits. ``State/isAsking`` is set.
    private func keepAsking() async {
        while true {
            let now = now()
            let next: (request: RedisAccessLimits.Request, count: Int)? = state.withLockedValue { state in
                let holding = state.waiters.count(where: \.holds)
                guard !state.waiters.isEmpty || (state.ledger.isGenerous && !state.isOver) else {
                    state.isAsking = false
                    return nil
                }
                return (state.ledger.request(for: state.waiters.count, holding: holding, now: now), state.waiters.count)
            }
            guard let next else { return }
            await send(next.request, waiters: next.count)
        }
    }

    /// - Parameter count: The first waiters, for which the answer decides.
    private func send(_ request: RedisAccessLimits.Request, waiters count: Int) async {
        let asked = now()
        let answer: Result<RedisAccessLimits.Grant, QueueError>
        do throws(QueueError) { answer = .success(try await ask(request)) } catch { answer = .failure(error) }
        let now = now()
        let resumed: [(Waiter, Result<Permit, Problem>)] = state.withLockedValue { state in
            if case .success(let grant) = answer { state.ledger.take(grant, asked: asked) }
            let decided = state.waiters.prefix(count)
            state.waiters.removeFirst(decided.count)
            return decided.map { waiter in
                if state.ledger.enter(holds: waiter.holds, now: now) { return (waiter, .success(permit(waiter.holds))) }
                switch answer {
                case .failure(let error):
                    let detail = "the limits of requests cannot be checked now: \(error.message)"
                    return (waiter, .failure(Problem(503, "redis", detail, retryAfter: 1)))
                case .success(let grant):
                    let lacksPlace = waiter.holds && state.ledger.lacksPlace(now: now)
                    return (waiter, .failure(Self.refused(state.ledger.limits, lacksPlace: lacksPlace, grant.nextToken)))
                }
            }
        }
        for (waiter, result) in resumed { waiter.continuation.resume(returning: result) }
    }

    private static func refused(_ limits: AccessLimits, lacksPlace: Bool, _ wait: Int) -> Problem {
        if lacksPlace, let most = limits.inFlight {
            return refused("\(most) requests of yours are unanswered, which is the limit", 1)
        }
        return refused("you have asked for more than your rate allows", max(1, (wait + 999) / 1000))
    }

    private static func refused(_ why: String, _ seconds: Int) -> Problem {
        Problem(429, "busy", "\(why): try again in \(seconds) s", retryAfter: seconds)
    }
}
