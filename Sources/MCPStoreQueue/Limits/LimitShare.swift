/// What one worker has of the tokens of one scope: a state machine without I/O. All times are ``ServerClock/boot()``.
///
/// Slots for running calls are a share: how many of them this worker may run at once, whoever they are. Tokens of a rate are used up.
/// Both are leased ahead, so that no call waits for Redis, and for as long as a worker's lease: those of a dead worker come back.
struct LimitShare {
    /// What is asked of Redis.
    struct Ask: Equatable {
        /// Slots that it wants to have from now on.
        var share: Int
        var inUse: Int
        /// Tokens that it keeps, gives back, and wants to have more.
        var held: Int
        var returned: Int
        var wanted: Int
        /// The most that one call may cost.
        var unit: Int
        /// Calls that are here and wait for it.
        var waiting: Int
    }

    /// Where calls wait that cannot start.
    struct Need: OptionSet {
        let rawValue: Int
        static let elsewhere = Need(rawValue: 1)
        static let here = Need(rawValue: 2)
    }

    private enum GivenBack {
        case not
        /// Another limit of the same calls had nothing.
        case useless
        /// The worker could start nothing.
        case spare
    }

    /// What tokens are leased ahead for, in seconds.
    private static let ahead = 0.1
    /// How long to wait where Redis does not say it, in microseconds: others have what there is.
    private static let pause = 1_000_000
    private static let shortestPause = 1000
    /// After the limit was lowered, until all workers have told Redis what they have, and so many times; and after something was given back.
    private static let shortPause = (microseconds: 100_000, times: 20)

    private(set) var limit: CallLimit
    private(set) var unit: Int
    private(set) var share = 0
    private(set) var inUse = 0
    private(set) var tokens = 0
    private(set) var validUntil = Int.min
    private(set) var isAsking = false
    /// Before then it is not asked again for slots, for tokens without which no call can start, and for tokens ahead of need. Each has a
    /// pause of its own: where all slots were in use when Redis was asked, one is free the moment a call ends, and then tokens are
    /// needed at once. Renewals have a time of their own.
    private var (nextSlots, nextTokens, nextAhead) = (Int.min, Int.min, Int.min)
    /// The most that ran at once since the last renewal.
    private var peak = 0
    /// Calls wait for it on other workers: what is not used goes back at once.
    private var isContended = false
    /// It was rung while it asked, or a call came.
    private var mustAskAgain = false
    /// The calls that waited when it was last asked.
    private var toldWaiting = 0
    /// Whether others may be told that calls wait here: after a ring they know.
    private var mayRing = true
    /// The limit was lowered while it asked: the answer is that of the old one.
    private var isOutdated = false
    private var shortPauses = 0
    /// What was given back for others is not asked for again before then, so that they get it.
    private var yieldsUntil = Int.min
    /// Why what it had was given back, after which it is asked again only when that is over, or after a pause.
    private var givenBack = GivenBack.not
    /// The last ask of a share that is to be closed was sent.
    private var isClosing = false

    init(_ limit: CallLimit, unit: Int) {
        self.limit = limit
        self.unit = 1
        set(limit, unit: unit)
    }

    mutating func set(_ limit: CallLimit, unit: Int) {
        let old = self.limit
        self.limit = limit
        // What costs more than a burst could never start.
        self.unit = limit.rate == nil ? 1 : min(max(unit, 1), limit.capacity)
        isClosing = false
        pause(until: .min)
        // What was held under another rate is none of this one.
        if limit.rate == nil || old.rate == nil { tokens = 0 }
        // What is lower now holds at once, over all workers: until Redis says what a worker has of it, it has nothing, and starts nothing.
        guard limit.concurrency ?? .max < old.concurrency ?? .max || limit.capacity < old.capacity && limit.rate != nil else {
            return
        }
        (share, tokens) = (0, 0)
        (isOutdated, shortPauses) = (isAsking, Self.shortPause.times)
    }

    /// How many calls may start now, each at the highest cost.
    func room(now: Int) -> Int {
        guard now < validUntil else { return 0 }
        var room = Int.max
        if limit.concurrency != nil { room = min(room, share - inUse) }
        if limit.rate != nil { room = min(room, tokens / unit) }
        return max(room, 0)
    }

    /// Whether a call of this cost may start now.
    func admits(_ cost: Int, now: Int) -> Bool {
        guard now < validUntil else { return false }
        if limit.concurrency != nil, share <= inUse { return false }
        return limit.rate == nil || tokens >= min(cost, unit)
    }

    mutating func use(_ cost: Int) {
        inUse += 1
        peak = max(peak, inUse)
        if limit.rate != nil { tokens = max(tokens - min(cost, unit), 0) }
    }

    mutating func free() {
        inUse = max(inUse - 1, 0)
        // The worker can start something again.
        goOn(.spare)
    }

    /// A call that was to be started is not: what it would have used is there for others.
    mutating func unuse(_ cost: Int) {
        free()
        if limit.rate != nil { tokens = min(tokens + min(cost, unit), limit.capacity) }
    }

    /// What to ask now because little is left.
    ///
    /// - Parameter waiting: Calls that are here and wait for it.
    mutating func ask(waiting: Int, now: Int) -> Ask? {
        guard !isAsking, isShort(waiting: waiting, now: now) else { return nil }
        return makeAsk(waiting: waiting, slots: max(share, 1, inUse * 2, inUse + waiting))
    }

    /// What to give back at once because others wait for it.
    mutating func surplus(waiting: Int, now: Int) -> Ask? {
        guard isContended, !isAsking, limit.concurrency != nil && share > inUse + waiting || tokens > 0 && waiting == 0 else {
            return nil
        }
        yieldsUntil = now + Self.shortPause.microseconds
        return makeAsk(waiting: waiting, slots: inUse + waiting, keeps: waiting > 0)
    }

    /// Nobody is known to wait elsewhere any more.
    mutating func calm() { if !mustAskAgain { isContended = false } }

    /// Whether all slots that are here are in use, and there are more of them.
    private var lacksSlots: Bool { limit.concurrency.map { share <= inUse && share < $0 } ?? false }

    private var lacksTokens: Bool { limit.rate != nil && tokens < unit }

    /// Whether it is asked now because little is left.
    private func isShort(waiting: Int, now: Int) -> Bool {
        if now >= validUntil { return now >= max(nextSlots, nextTokens) }
        if lacksSlots, now >= nextSlots { return true }
        if lacksTokens { return now >= nextTokens }
        return limit.rate != nil && tokens * 2 <= target(waiting) && now >= nextAhead
    }

    /// Whether it would be asked now.
    func isDue(now: Int) -> Bool { !isAsking && isShort(waiting: 0, now: now) }

    /// When to ask again for what keeps calls from starting; `nil` where that is now, or nothing but a call that ends would help.
    func nextAsk(now: Int) -> Int? {
        guard !isAsking, room(now: now) == 0 else { return nil }
        var next = Int.max
        if now >= validUntil {
            next = max(nextSlots, nextTokens)
        } else {
            if lacksSlots { next = nextSlots }
            if lacksTokens { next = min(next, nextTokens) }
        }
        return next > now && next < .max ? next : nil
    }

    /// Another limit of the same calls is asked: what is missing here is asked with it.
    mutating func join(now: Int) { if !isAsking, room(now: now) == 0 { pause(until: .min) } }

    /// Another limit of the same calls has something, or is asked: what was given back for its sake is asked for again.
    mutating func goOn() { goOn(.useless) }

    private mutating func goOn(_ reason: GivenBack) {
        guard givenBack == reason, !isAsking else { return }
        givenBack = .not
        pause(until: .min)
    }

    /// Whether Redis has said that there is nothing, and nothing of it runs here.
    func isDry(now: Int) -> Bool { inUse == 0 && nextAsk(now: now) != nil }

    private mutating func pause(until time: Int) { (nextSlots, nextTokens, nextAhead) = (time, time, time) }

    /// What to give back because another limit of the same calls has nothing here.
    mutating func useless(now: Int) -> Ask? {
        guard !isAsking, inUse == 0, now < validUntil, tokens > 0 || limit.concurrency != nil && share > 0 else { return nil }
        defer { givenBack = .useless }
        return makeAsk(waiting: 0, slots: 0, keeps: false)
    }

    /// Calls wait on another worker, or there are tokens.
    ///
    /// - Parameter waiting: Calls that are here and wait for it.
    mutating func rung(waiting: Int) {
        isContended = true
        // The answer that is on its way may be older than the ring.
        if isAsking { mustAskAgain = true } else { askAtOnce(waiting > 0) }
    }

    /// A call came that waits for it. The pause after an answer holds for those of whom Redis was told.
    mutating func callCame() {
        guard toldWaiting == 0, givenBack != .useless else { return }
        if isAsking { mustAskAgain = true } else { pause(until: .min) }
    }

    private mutating func askAtOnce(_ knowsWhoHas: Bool) {
        pause(until: .min)
        if knowsWhoHas { mayRing = false }
    }

    /// What to ask to keep what is used, and give back the rest.
    ///
    /// - Parameter canUse: Whether the worker could start a call now.
    mutating func renewal(waiting: Int, canUse: Bool, now: Int) -> Ask? {
        guard !isAsking else { return nil }
        let slots = max(peak, inUse + waiting) + (canUse ? 1 : 0)
        peak = inUse
        isContended = false
        defer { if !canUse { givenBack = .spare } }
        return makeAsk(waiting: waiting, slots: slots, keeps: canUse)
    }

    /// Gives back what is not in use. While an answer is on its way nothing is given back, as it may bring more: the next renewal does.
    mutating func close() -> Ask? {
        guard !isClosing, !isAsking else { return nil }
        isClosing = true
        return makeAsk(waiting: 0, slots: inUse, keeps: false)
    }

    private func target(_ waiting: Int) -> Int {
        let ahead = Int(min((limit.rate ?? 0) * Self.ahead, 1_000_000))
        return min(max(ahead, (waiting + 1) * unit), limit.capacity)
    }

    private mutating func makeAsk(waiting: Int, slots: Int, keeps: Bool = true) -> Ask {
        isAsking = true
        givenBack = .not
        toldWaiting = waiting
        var ask = Ask(share: 0, inUse: inUse, held: 0, returned: 0, wanted: 0, unit: unit, waiting: waiting)
        if let most = limit.concurrency {
            ask.share = min(slots, most)
            // What is given back is not used while the answer is on its way.
            share = min(share, max(ask.share, inUse))
        }
        if limit.rate != nil {
            // Less than a call may cost is of no use here, but perhaps to others.
            if !keeps || tokens < unit { (ask.returned, tokens) = (tokens, 0) }
            ask.held = tokens
            ask.wanted = keeps ? max(target(waiting) - tokens, 0) : 0
        }
        return ask
    }

    /// Redis has answered.
    ///
    /// - Parameters:
    ///   - wait: Microseconds until there may be more tokens; 0: not known.
    ///   - sent: When it was asked.
    ///   - lease: In microseconds.
    ///   - need: Where calls wait that cannot start.
    /// - Returns: Whether those may be rung that the answer names.
    @discardableResult
    mutating func answered(share: Int, extra: Int, wait: Int, sent: Int, lease: Int, now: Int, need: Need = []) -> Bool {
        let rings = mayRing
        mayRing = true
        if need.contains(.elsewhere) { isContended = true }
        if now >= validUntil { tokens = 0 }
        isAsking = false
        validUntil = sent + lease
        if limit.concurrency != nil { self.share = share }
        if limit.rate != nil { tokens = max(tokens + extra, 0) }
        if isOutdated { (self.share, tokens, isOutdated, mustAskAgain) = (0, 0, false, true) }
        let known = min(max(wait > 0 ? wait : Self.pause, Self.shortestPause), Self.pause)
        // Slots come with the ends of calls elsewhere, of which nobody knows when they are.
        nextSlots = lacksSlots ? now + (shortPauses > 0 ? Self.shortPause.microseconds : Self.pause) : .min
        shortPauses = lacksSlots ? max(shortPauses - 1, 0) : 0
        nextTokens = lacksTokens ? max(now + known, yieldsUntil) : .min
        nextAhead = limit.rate != nil && tokens * 2 <= target(toldWaiting) ? now + known : .min
        if givenBack != .not { pause(until: now + Self.pause) }
        if mustAskAgain, lacksSlots || lacksTokens { askAtOnce(need.contains(.here)) }
        mustAskAgain = false
        return rings || !need.contains(.here)
    }

    /// There was no answer; tokens that were given back stay given back.
    mutating func failed(now: Int) {
        isAsking = false
        isClosing = false
        isOutdated = false
        pause(until: now + Self.pause)
    }

    /// The worker is another one from now on: what the old one had is no longer its own.
    mutating func reset() {
        (share, tokens, validUntil, isOutdated) = (0, 0, .min, false)
        pause(until: .min)
    }
}
