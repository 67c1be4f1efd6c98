import MCPStoreQueue
import NIOConcurrencyHelpers

/// How much each principal may ask for, over all gateways of a cluster together.
///
/// All requests count for the rate; those for places that are not answered yet, other than subscriptions. What a request leaves
/// behind, a job or a task, does not count: queues have limits of their own.
package final class RequestLimits: Sendable {
    /// Asks Redis.
    package typealias Ask = @Sendable (RedisAccessLimits.Request) async throws(QueueError) -> RedisAccessLimits.Grant

    private let ask: Ask
    private let defaults: AccessLimits?
    private let now: @Sendable () -> ContinuousClock.Instant
    /// What tells the holders of this process from those of others.
    private let holder = (0..<8).map { _ in UInt8.random(in: .min ... .max) }.hexadecimal
    private let state = NIOLockedValueBox(State())

    private struct Key: Hashable {
        let id: String
        // The tokens of one principal may say different things; each finds what all of them hold in Redis.
        let limits: AccessLimits
    }

    private struct State {
        var limits: [Key: PrincipalLimit] = [:]
        var last = 0
    }

    /// - Parameter defaults: For those of whom nothing else is said.
    package init(
        defaults: AccessLimits?,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        ask: @escaping Ask
    ) {
        self.defaults = defaults
        self.now = now
        self.ask = ask
    }

    /// Lets one request of a principal pass.
    ///
    /// - Parameter holds: Whether it has a place until it is answered.
    /// - Returns: `nil` for who is not limited.
    /// - Throws: ``Problem`` 429 with `Retry-After`; 503 where Redis cannot be asked.
    func enter(_ principal: Principal, holds: Bool) async throws(Problem) -> Permit? {
        guard let limits = principal.limits?.over(defaults) ?? defaults, !limits.isEmpty else { return nil }
        while true {
            let limit = limit(of: principal.id.isEmpty ? "anonymous" : principal.id, limits)
            if let permit = try await limit.enter(holds: holds) { return permit }
        }
    }

    private func limit(of id: String, _ limits: AccessLimits) -> PrincipalLimit {
        let key = Key(id: id, limits: limits)
        return state.withLockedValue { state in
            if let known = state.limits[key], !known.isOver { return known }
            state.last += 1
            let blank = RedisAccessLimits.Request(principal: id, holder: "\(holder)-\(state.last)", limits: limits)
            let limit = PrincipalLimit(blank, now: now, ask: ask)
            state.limits[key] = limit
            return limit
        }
    }

    /// Renews what is held and gives back what nobody needs, until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(1)) } catch { break }
            await tick()
        }
    }

    /// What ``run()`` does once a second.
    func tick() async {
        let all = state.withLockedValue { Array($0.limits) }
        await withTaskGroup(of: (Key, PrincipalLimit, Bool).self) { group in
            for (key, limit) in all { group.addTask { (key, limit, await limit.tick()) } }
            for await (key, limit, isOver) in group where isOver {
                state.withLockedValue { if $0.limits[key] === limit { $0.limits[key] = nil } }
            }
        }
    }

    /// Gives everything back.
    func close() async {
        let all = state.withLockedValue { state in
            defer { state.limits = [:] }
            return Array(state.limits.values)
        }
        for limit in all { await limit.close() }
    }
}
