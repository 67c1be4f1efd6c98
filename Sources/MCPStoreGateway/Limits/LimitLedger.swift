import MCPStoreQueue

/// What one gateway holds of one principal's limits. No I/O: what to ask for, and what was given.
///
/// Tokens (one for each request) and places (one for each request that is not answered) are leased in portions. A portion is small
/// against the limit, so that gateways do not take from each other what they do not need: tokens of a tenth of a second and an
/// eighth of the burst at most, an eighth of the places. Where that is less than one, each request asks for its own.
struct LimitLedger {
    typealias Instant = ContinuousClock.Instant

    /// An empty request: whose limits they are, and which holder this is.
    let blank: RedisAccessLimits.Request
    var limits: AccessLimits { blank.limits }
    /// Tokens that were given and not used.
    private(set) var tokens = 0
    private var tokensEnd: Instant
    /// Until when Redis has none.
    private var emptyEnd: Instant
    /// Places that are leased, and those of them that requests have.
    private(set) var places = 0
    private(set) var taken = 0
    private var placesEnd: Instant
    /// The most places that were taken at once since the last tick.
    private var peak = 0
    private var wasUsed = true

    /// How long tokens that were not used are good. They are given back then.
    static let tokenLife = Duration.seconds(1)
    /// How long a gateway counts on its places without having renewed them: less than ``RedisAccessLimits/lease``.
    static let placeLife = Duration.seconds(8)
    /// When they are renewed before.
    static let renewal = Duration.seconds(5)

    init(_ blank: RedisAccessLimits.Request, now: Instant) {
        self.blank = blank
        tokensEnd = now
        emptyEnd = now
        placesEnd = now
    }

    private var portion: Int {
        guard let rate = limits.rate, let burst = limits.effectiveBurst else { return 0 }
        return min(Int(plausible: (rate / 10).rounded(.down)), burst / 8)
    }

    /// Places that are kept although nobody has them.
    private var spare: Int { (limits.inFlight ?? 0) / 8 }

    /// Lets a request pass, where what is held allows it.
    ///
    /// - Parameter holds: Whether it takes a place, until ``leave(holds:)``.
    mutating func enter(holds: Bool, now: Instant) -> Bool {
        if limits.rate != nil, tokens < 1 || now >= tokensEnd { return false }
        if holds, limits.inFlight != nil, taken >= places || now >= placesEnd { return false }
        if limits.rate != nil { tokens -= 1 }
        if holds {
            taken += 1
            peak = max(peak, taken)
        }
        wasUsed = true
        return true
    }

    /// A request that held a place is answered.
    mutating func leave() { taken -= 1 }

    /// Whether it is time to ask for more tokens, before somebody waits for them.
    func isLow(now: Instant) -> Bool { limits.rate != nil && portion > 1 && (tokens <= portion / 2 || now >= tokensEnd) }

    /// Whether it holds more places than it should keep.
    var isGenerous: Bool { limits.inFlight != nil && places > taken + spare }

    /// What to ask for so that so many requests can pass. What is given back by that is not used any more.
    ///
    /// - Parameters:
    ///   - count: Requests that wait.
    ///   - holding: Those of them that take a place.
    mutating func request(for count: Int, holding: Int, now: Instant) -> RedisAccessLimits.Request {
        var request = blank
        if limits.rate != nil {
            if now >= tokensEnd {
                request.unused = tokens
                tokens = 0
            }
            request.tokens = max(count + (wasUsed ? portion : 0) - tokens, 0)
        }
        if limits.inFlight != nil {
            request.taken = taken
            request.places = taken + holding + (holding > 0 ? spare : min(spare, max(places - taken, 0)))
            places = min(places, request.places)
        }
        return request
    }

    /// What to ask for once a second; `nil`: nothing.
    ///
    /// - Returns: The request, and whether nobody needs the ledger any more once it was sent.
    mutating func tick(now: Instant) -> (request: RedisAccessLimits.Request?, isOver: Bool) {
        defer {
            peak = taken
            wasUsed = false
        }
        let isIdle = !wasUsed && taken == 0
        var request = blank
        if isIdle || now >= tokensEnd {
            request.unused = tokens
            tokens = 0
        }
        let kept = isIdle ? 0 : min(places, peak)
        let renews = kept > 0 && placesEnd - now < Self.renewal
        guard isIdle || request.unused > 0 || kept < places || renews else { return (nil, false) }
        let isOver = isIdle && places == 0 && request.unused == 0
        places = min(places, kept)
        request.taken = taken
        request.places = max(kept, taken)
        return (isOver ? nil : request, isIdle)
    }

    /// Takes what was given.
    ///
    /// - Parameter asked: When it was asked for: leases count from there.
    mutating func take(_ grant: RedisAccessLimits.Grant, asked: Instant) {
        if grant.tokens > 0 {
            tokens += grant.tokens
            tokensEnd = asked + Self.tokenLife
        }
        emptyEnd = asked + .milliseconds(grant.nextToken)
        if limits.inFlight != nil {
            places = grant.places
            placesEnd = asked + Self.placeLife
        }
    }

    /// For how many milliseconds there will be no token, as far as is known without asking; 0 where one may be there.
    func emptyTime(now: Instant) -> Int {
        guard limits.rate != nil, tokens < 1, now < emptyEnd else { return 0 }
        return max(Int((emptyEnd - now) / .milliseconds(1)), 1)
    }

    /// Whether a request lacks a place rather than a token.
    func lacksPlace(now: Instant) -> Bool {
        limits.inFlight != nil && (taken >= places || now >= placesEnd) && (limits.rate == nil || tokens > 0)
    }
}
