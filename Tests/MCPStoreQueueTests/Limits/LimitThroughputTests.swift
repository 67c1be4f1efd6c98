import NIOCore
import Testing

@testable import MCPStoreQueue

/// One worker with more calls than its limits let start, in a time of its own: how long they take.
@Suite struct LimitThroughputTests {
    private let service = ServiceID(space: Space("t:d")!, name: "a")
    private let pool = Pool(prefix: "p")
    /// How long an answer of Redis takes, in microseconds.
    private let roundTrip = 500
    private let lease = 9_000_000

    /// - Parameter slots: How many calls the worker runs at once.
    /// - Returns: Milliseconds.
    private func run(
        _ limit: CallLimit,
        tenant: CallLimit? = nil,
        tool: CallLimit? = nil,
        cost: Int? = nil,
        slots: Int = .max,
        calls: Int,
        each milliseconds: Int
    ) throws -> Int {
        var (book, buckets) = (LimitBook(pool: pool), LimitBuckets())
        if let tenant { book.setTenants(["t": tenant]) }
        let tools = tool.map { ["x": $0] } ?? [:]
        book.open(service, ServiceLimits(service: limit, tools: tools, costs: cost.map { ["x": $0] } ?? [:]))
        var (now, begun, ended) = (0, 0, 0)
        var running: Int { begun - ended - book.waiting(of: service).count }
        var events: [(at: Int, what: Event)] = [(lease / 3, .renewal)]
        func start() { events.append((now + milliseconds * 1000, .ended(begun))) }
        while ended < calls {
            try #require(now < 1_000_000_000)
            while running < slots, let next = book.next(service, now: now, hasSlot: { _ in true }) {
                events.append((now + milliseconds * 1000, .ended(next.entry.milliseconds)))
            }
            for (scope, ask) in book.asks(service, now: now) + book.surplus(service, now: now) {
                events.append((now + roundTrip, .answer(scope, ask, sent: now)))
            }
            // What the planner reads: as many as there is room for, as long as it knows of no more that wait for a tool.
            if begun < calls, running < slots, let room = book.room(service, now: now).least, room > 0,
                book.waiting(of: service).count < LimitBook.mostWaiting
            {
                begun += 1
                let verdict = book.admit(delivery(begun), now: now)
                if verdict == .start { start() } else { #expect(verdict == .wait) }
                continue
            }
            if let next = book.nextAsk(service, now: now) { events.append((next, .look)) }
            events.sort { $0.at > $1.at }
            try #require(events.count > 1, "calls wait, and nothing will happen")
            let event = events.removeLast()
            now = max(event.at, now)
            switch event.what {
            case .ended(let number):
                book.ended(delivery(number).entry, now: now)
                ended += 1
            case .answer(let scope, let ask, let sent):
                let terms = try #require(book.terms(scope))
                let (share, extra, wait) = buckets.lease(scope, terms, ask, now: now)
                book.answered(scope, share: share, extra: extra, wait: wait, sent: sent, lease: lease, now: now)
            case .look: break
            case .renewal:
                events.append((now + lease / 3, .renewal))
                for (scope, ask) in book.renewals(now: now, canUse: running < slots) {
                    events.append((now + roundTrip, .answer(scope, ask, sent: now)))
                }
            }
        }
        return now / 1000
    }

    private enum Event {
        case ended(Int)
        case answer(LimitScope, LimitShare.Ask, sent: Int)
        case look
        case renewal
    }

    private func delivery(_ number: Int) -> Delivery {
        let job = Job(id: "j-\(number)", service: service, name: "x", parameters: ByteBuffer(string: "{}"))
        return Delivery(job: job, entry: EntryID(milliseconds: number, sequence: 0, in: job.laneID))
    }

    @Test func `a concurrency together with a rate that is not reached takes no longer than alone`() throws {
        #expect(try run(CallLimit(concurrency: 3), calls: 60, each: 200) <= 4010)
        #expect(try run(CallLimit(concurrency: 3, rate: 50, burst: 10), calls: 60, each: 200) <= 4100)
        #expect(try run(CallLimit(concurrency: 10, rate: 200, burst: 200), calls: 500, each: 100) <= 5100)
        #expect(try run(CallLimit(concurrency: 8, rate: 200, burst: 100), calls: 500, each: 100) <= 6500)
    }

    @Test func `a worker without a free slot gives tokens back, and has them again when it has one`() throws {
        #expect(try run(CallLimit(rate: 1000), slots: 32, calls: 3000, each: 100) <= 9700)
        #expect(try run(CallLimit(concurrency: 64, rate: 1000), slots: 32, calls: 3000, each: 100) <= 9700)
    }

    @Test func `a limit that is lower now holds at once`() {
        var share = LimitShare(CallLimit(concurrency: 10, rate: 100, burst: 50), unit: 1)
        _ = share.ask(waiting: 0, now: 0)
        share.answered(share: 10, extra: 10, wait: 0, sent: 0, lease: 9_000_000, now: 0)
        share.use(1)
        share.set(CallLimit(concurrency: 2, rate: 100, burst: 5), unit: 1)
        // Others have what they had as well: first of all Redis is asked.
        #expect(share.room(now: 1) == 0)
        #expect(share.ask(waiting: 0, now: 1)?.held == 0)
        // It is lowered once more meanwhile: the answer is that of the limit before.
        share.set(CallLimit(concurrency: 1, rate: 100, burst: 5), unit: 1)
        share.answered(share: 2, extra: 5, wait: 0, sent: 1, lease: 9_000_000, now: 2)
        #expect(share.room(now: 2) == 0 && share.ask(waiting: 0, now: 2) != nil)
    }

    @Test func `a rate together with a concurrency that is not reached starts as many as it may`() throws {
        #expect((4900...5300).contains(try run(CallLimit(concurrency: 50, rate: 20, burst: 5), calls: 105, each: 100)))
    }

    @Test func `limits of a tenant, a service and a tool take no longer than the lowest of them`() throws {
        let (own, tenant) = (CallLimit(concurrency: 10, rate: 100, burst: 10), CallLimit(concurrency: 8, rate: 200, burst: 100))
        #expect(try run(own, tenant: tenant, calls: 300, each: 100) <= 4000)
        #expect(try run(own, tenant: tenant, tool: CallLimit(concurrency: 1), cost: 5, calls: 20, each: 200) <= 4200)
    }

    @Test func `who has nothing more to get asks no more often than calls come`() {
        var share = LimitShare(CallLimit(rate: 20, burst: 2), unit: 1)
        #expect(share.ask(waiting: 0, now: 0)?.wanted == 2)
        // Another worker has the other one.
        share.answered(share: 0, extra: 1, wait: 0, sent: 0, lease: 9_000_000, now: 0)
        #expect(share.room(now: 0) == 1)
        #expect(share.ask(waiting: 0, now: 1) == nil && share.nextAsk(now: 1) == nil)
        share.use(1)
        #expect(share.ask(waiting: 0, now: 2)?.wanted == 2, "without a token it asks at once")
    }
}
