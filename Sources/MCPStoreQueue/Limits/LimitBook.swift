import DequeModule

/// The limits that are in force on a worker, what it has of their tokens, and the jobs that are here and wait for one: a state machine
/// without I/O. Times are ``ServerClock/boot()``.
///
/// A job of a service without a token is not even read: it keeps its place in its lane. One of a tool without a token is found only when
/// it was read; it waits here, without a slot, so that others pass. Of those few wait at a time; what is beyond goes among the delayed jobs.
package struct LimitBook {
    package enum Verdict: Equatable, Sendable {
        case start
        /// It waits here; it has no slot.
        case wait
        /// The whole service has no token here: others have one, and get it.
        case giveBack
        /// Too many wait here: it comes again after so many microseconds.
        case delay(Int)
    }

    private struct Charge {
        var scopes: [LimitScope]
        var line: LineID
        var since: Int
        var cost: Int
        /// ``asked`` at that time.
        var asked: Int
    }

    /// Jobs of a lane that need the same tokens: interactive ones never stand behind those of a batch.
    struct LineID: Hashable {
        var scope: LimitScope
        var lane: Lane
    }

    /// Jobs that need the same tokens, in the order in which they came.
    struct Line {
        var waiting: Deque<Delivery> = []
        /// When the last one that was delayed comes again.
        var lastDue = 0
        /// How long a call takes, in microseconds; 0 before one has ended.
        var duration = 0
    }

    /// So many jobs of one line wait here.
    package static let mostWaiting = 16
    /// Nobody is delayed for longer, in microseconds: limits change.
    private static let longestDelay = 60_000_000
    private static let shortestDelay = 500_000
    /// How long calls take at least of which none has ended here.
    private static let shortestDuration = 5000
    /// By this part of the time that calls take those that are delayed come one after another: rather one too early, which is delayed once
    /// more, than a token that nobody takes.
    private static let eagerness = 0.8

    private let pool: Pool
    private var services: [ServiceID: ServiceLimits] = [:]
    /// Services that are read, limited or not: a tenant's limit holds for all of them.
    var open: Set<ServiceID> = []
    private var tenants: [String: CallLimit] = [:]
    var shares: [LimitScope: LimitShare] = [:]
    private var charges: [EntryID: Charge] = [:]
    var lines: [LineID: Line] = [:]
    private(set) var places: [EntryID: LineID] = [:]
    /// Counts what was asked of Redis: tokens that were used before that are counted there as used.
    var asked = 0
    /// Services whose tokens, jobs or limits have changed since they were last looked at.
    var touched: Set<ServiceID> = []
    /// Services that are looked at again, and when.
    var timers: [ServiceID: Int] = [:]

    package init(pool: Pool) { self.pool = pool }

    /// Nothing is limited here: the case of nearly all workers.
    package var isEmpty: Bool { shares.isEmpty && places.isEmpty && touched.isEmpty }

    // MARK: What is in force

    package mutating func open(_ service: ServiceID, _ limits: ServiceLimits) {
        open.insert(service)
        services[service] = limits.isEmpty ? nil : limits
        refresh(service)
    }

    /// The service is read no more.
    package mutating func close(_ service: ServiceID) {
        open.remove(service)
        services[service] = nil
        if !isEmpty { touched.insert(service) }
    }

    /// Replaces what is said of tenants.
    package mutating func setTenants(_ limits: [String: CallLimit]) {
        guard limits != tenants else { return }
        tenants = limits
        for service in open { refresh(service) }
    }

    private mutating func refresh(_ service: ServiceID) {
        for scope in allScopes(service) {
            guard let limit = limit(of: scope) else { continue }
            let unit = services[service]?.largestCost ?? 1
            guard var share = shares[scope] else {
                shares[scope] = LimitShare(limit, unit: unit)
                continue
            }
            // Of a tenant's services the dearest call counts.
            share.set(limit, unit: isTenant(scope) ? max(unit, share.unit) : unit)
            shares[scope] = share
        }
        if !shares.isEmpty || !places.isEmpty { touched.insert(service) }
    }

    func isTool(_ scope: LimitScope) -> Bool { if case .tool = scope { true } else { false } }

    private func isTenant(_ scope: LimitScope) -> Bool { if case .tenant = scope { true } else { false } }

    /// The limit of a scope; `nil` where it has none any more.
    func limit(of scope: LimitScope) -> CallLimit? {
        switch scope {
        case .service(let service): services[service]?.service
        case .tool(let service, let tool): services[service]?.tools[tool]
        case .tenant(_, let namespace): open.contains { $0.space.namespace == namespace } ? tenants[namespace] : nil
        }
    }

    /// Those that every job of a service is in.
    func sharedScopes(_ service: ServiceID) -> [LimitScope] {
        var scopes: [LimitScope] = []
        if services[service]?.service != nil { scopes.append(.service(service)) }
        if !tenants.isEmpty, tenants[service.space.namespace] != nil { scopes.append(.tenant(pool, service.space.namespace)) }
        return scopes
    }

    func tools(of service: ServiceID) -> [LimitScope] { services[service]?.tools.keys.map { .tool(service, $0) } ?? [] }

    func allScopes(_ service: ServiceID) -> [LimitScope] {
        sharedScopes(service) + tools(of: service)
    }

    private func scopes(of job: Job) -> [LimitScope] {
        let shared = sharedScopes(job.service)
        guard job.method == Job.usualMethod, services[job.service]?.tools[job.name] != nil else { return shared }
        return [.tool(job.service, job.name)] + shared
    }

    func cost(of job: Job) -> Int {
        job.method == Job.usualMethod ? services[job.service]?.cost(of: job.name) ?? 1 : 1
    }

    /// How many jobs of a service may be read.
    package func room(_ service: ServiceID, now: Int) -> ReadRoom {
        var room = ReadRoom()
        for scope in sharedScopes(service) {
            let left = max((shares[scope]?.room(now: now) ?? 0) - waiting(scope), 0)
            if isTenant(scope) { room.tenant = left } else { room.service = left }
        }
        return room
    }

    /// How many jobs wait here for the tokens of a scope.
    func waiting(_ scope: LimitScope) -> Int {
        guard !lines.isEmpty else { return 0 }
        return Lane.allCases.reduce(0) { $0 + (lines[LineID(scope: scope, lane: $1)]?.waiting.count ?? 0) }
    }

    // MARK: Jobs

    /// A job was delivered and could be started.
    package mutating func admit(_ delivery: Delivery, now: Int) -> Verdict {
        let scopes = scopes(of: delivery.job)
        guard let scope = scopes.first else { return .start }
        let line = LineID(scope: scope, lane: delivery.job.lane)
        let isNext = line.lane == .batch ? waiting(scope) == 0 : lines[line]?.waiting.isEmpty ?? true
        if isNext, canStart(delivery.job, scopes, now: now) {
            charge(delivery, now: now)
            return .start
        }
        touched.insert(delivery.job.service)
        // It was read before the limit was there, or more than was planned: whoever has the token must not wait for it.
        guard isTool(scope) else { return .giveBack }
        guard lines[line]?.waiting.count ?? 0 < Self.mostWaiting else { return .delay(delay(delivery, line, now)) }
        lines[line, default: Line()].waiting.append(delivery)
        places[delivery.entry] = line
        shares[scope]?.callCame()
        return .wait
    }

    /// Whether all that a job needs is here, but for what the limit of its tool leaves.
    func lacksOnlyToolTokens(_ job: Job, now: Int) -> Bool {
        let cost = cost(of: job)
        return scopes(of: job).allSatisfy { scope in
            guard let share = shares[scope] else { return false }
            return isTool(scope) ? now < share.validUntil : share.admits(cost, now: now)
        }
    }

    private func canStart(_ job: Job, _ scopes: [LimitScope], now: Int) -> Bool {
        let cost = cost(of: job)
        return scopes.allSatisfy { shares[$0]?.admits(cost, now: now) ?? false }
    }

    /// A job starts, whether there are tokens or not.
    package mutating func charge(_ delivery: Delivery, now: Int) {
        let scopes = scopes(of: delivery.job)
        guard let scope = scopes.first, charges[delivery.entry] == nil else { return }
        let line = LineID(scope: scope, lane: delivery.job.lane)
        let cost = cost(of: delivery.job)
        for scope in scopes { shares[scope]?.use(cost) }
        charges[delivery.entry] = Charge(scopes: scopes, line: line, since: now, cost: cost, asked: asked)
        touched.insert(delivery.job.service)
    }

    /// When one that is delayed may be started, as far as can be told: after those that were delayed before it.
    private mutating func delay(_ delivery: Delivery, _ line: LineID, _ now: Int) -> Int {
        guard let limit = shares[line.scope]?.limit else { return Self.shortestDelay }
        var spacing = 0.0
        if let rate = limit.rate { spacing = Double(cost(of: delivery.job)) * 1_000_000 / rate }
        if let most = limit.concurrency { spacing = max(spacing, Double(duration(line, now)) * Self.eagerness / Double(most)) }
        let waiting = Double(lines[line]?.waiting.count ?? 0)
        let first = now + Self.shortestDelay + Int(min(waiting * spacing, Double(Self.longestDelay)))
        let due = max(lines[line]?.lastDue ?? 0, first) + Int(min(spacing, Double(Self.longestDelay)))
        lines[line, default: Line()].lastDue = min(due, now + Self.longestDelay)
        return lines[line, default: Line()].lastDue - now
    }

    /// How long a call of a line takes: as those that ended, or as long at least as the one that has run for longest.
    private func duration(_ line: LineID, _ now: Int) -> Int {
        if let known = lines[line]?.duration, known > 0 { return known }
        return max(charges.values.filter { $0.line == line }.map { now - $0.since }.max() ?? 0, Self.shortestDuration)
    }

    /// A job ended, moved, or was taken away.
    package mutating func ended(_ delivery: EntryID, now: Int) {
        guard let charge = charges.removeValue(forKey: delivery) else { return }
        for scope in charge.scopes { shares[scope]?.free() }
        let lasted = max(now - charge.since, 1000)
        let known = lines[charge.line]?.duration ?? 0
        lines[charge.line, default: Line()].duration = known == 0 ? lasted : (known * 7 + lasted) / 8
        if let service = delivery.lane?.service { touched.insert(service) }
    }

    /// A job that was to be started needs nothing of its service after all: it waits for the answer of another one, or has it already.
    package mutating func unused(_ entry: EntryID) {
        guard let charge = charges.removeValue(forKey: entry) else { return }
        for scope in charge.scopes {
            // Redis may have given others what it was told is used here.
            if charge.asked == asked { shares[scope]?.unuse(charge.cost) } else { shares[scope]?.free() }
        }
        if let service = entry.lane?.service { touched.insert(service) }
    }

    /// Takes out a job that waits here.
    package mutating func remove(_ entry: EntryID) -> Delivery? {
        guard let line = places.removeValue(forKey: entry),
            let index = lines[line]?.waiting.firstIndex(where: { $0.entry == entry })
        else { return nil }
        let delivery = lines[line]?.waiting.remove(at: index)
        if let service = delivery?.job.service { touched.insert(service) }
        return delivery
    }

    package func waiting(_ entry: EntryID) -> Delivery? {
        places[entry].flatMap { lines[$0]?.waiting.first { $0.entry == entry } }
    }

    /// What waits here, of one service or of all.
    package func waiting(of service: ServiceID?) -> [Delivery] {
        guard !places.isEmpty else { return [] }
        return lines.values.flatMap(\.waiting).filter { service == nil || $0.job.service == service }
    }

    /// The next job of a service that waits here and may start now. It is charged.
    ///
    /// - Parameter hasSlot: Whether the worker has a slot for a job of this lane.
    package mutating func next(_ service: ServiceID, now: Int, hasSlot: (LaneID) -> Bool) -> Delivery? {
        guard !places.isEmpty else { return nil }
        let scopes = allScopes(service)
        for line in Lane.allCases.flatMap({ lane in scopes.map { LineID(scope: $0, lane: lane) } }) {
            guard let first = lines[line]?.waiting.first, hasSlot(first.job.laneID),
                canStart(first.job, self.scopes(of: first.job), now: now)
            else { continue }
            lines[line]?.waiting.removeFirst()
            places[first.entry] = nil
            charge(first, now: now)
            return first
        }
        // What it waited for is not limited any more.
        for (line, state) in lines {
            guard let first = state.waiting.first, first.job.service == service, limit(of: line.scope) == nil else { continue }
            lines[line]?.waiting.removeFirst()
            places[first.entry] = nil
            charge(first, now: now)
            return first
        }
        return nil
    }

    var hasTouched: Bool { !touched.isEmpty }

    /// Services to look at now: those of a tenant together.
    package mutating func takeTouched() -> Set<ServiceID> {
        guard !touched.isEmpty else { return [] }
        var result = touched
        touched = []
        if !tenants.isEmpty {
            let names = Set(result.map(\.space.namespace)).filter { tenants[$0] != nil }
            if !names.isEmpty { result.formUnion(open.filter { names.contains($0.space.namespace) }) }
        }
        return result
    }

    package mutating func touch(_ service: ServiceID) { touched.insert(service) }
}
