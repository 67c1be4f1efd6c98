import NIOCore
import Testing

@testable import MCPStoreQueue

@Suite struct LimitBookTests {
    private let service = ServiceID(space: Space("t:d")!, name: "a")
    private let pool = Pool(prefix: "p")

    private func delivery(_ number: Int, _ tool: String = "x", _ lane: Lane = .interactive) -> Delivery {
        let job = Job(id: "j-\(number)", service: service, lane: lane, name: tool, parameters: ByteBuffer(string: "{}"))
        return Delivery(job: job, entry: EntryID(milliseconds: number, sequence: 0, in: job.laneID))
    }

    private func answer(_ book: inout LimitBook, share: Int = 0, extra: Int = 0, now: Int = 0) {
        for (scope, _) in book.asks(service, now: now) {
            book.answered(scope, share: share, extra: extra, wait: 0, sent: now, lease: 9_000_000, now: now)
        }
    }

    @Test func `without limits nothing is asked, and everything starts`() {
        var book = LimitBook(pool: pool)
        book.open(service, .none)
        #expect(book.isEmpty && book.room(service, now: 0).least == nil)
        #expect(book.admit(delivery(1), now: 0) == .start)
        #expect(book.asks(service, now: 0).isEmpty)
    }

    @Test func `a service is read only as far as there are tokens, which end with their lease`() {
        var book = LimitBook(pool: pool)
        book.open(service, ServiceLimits(service: CallLimit(concurrency: 5)))
        #expect(book.room(service, now: 0).least == 0)
        answer(&book, share: 2)
        #expect(book.room(service, now: 0).least == 2)
        #expect(book.admit(delivery(1), now: 0) == .start)
        #expect(book.room(service, now: 0).least == 1)
        book.ended(delivery(1).entry, now: 1)
        #expect(book.room(service, now: 8_999_999).least == 2)
        #expect(book.room(service, now: 9_000_000).least == 0)
    }

    @Test func `a job that waits for the answer of another one has no token, and what was asked meanwhile stays true`() {
        var book = LimitBook(pool: pool)
        book.open(service, ServiceLimits(service: CallLimit(concurrency: 4, rate: 10, burst: 4)))
        answer(&book, share: 2, extra: 2)
        #expect(book.admit(delivery(1), now: 0) == .start)
        #expect(book.admit(delivery(2), now: 0) == .start)
        #expect(book.room(service, now: 0).least == 0)
        book.unused(delivery(2).entry)
        #expect(book.room(service, now: 0).least == 1)
        // It is not freed a second time.
        book.ended(delivery(2).entry, now: 0)
        #expect(book.room(service, now: 0).least == 1)
        #expect(book.admit(delivery(3), now: 0) == .start)
        // Redis was told that its token is used.
        _ = book.asks(service, now: 0)
        book.unused(delivery(3).entry)
        #expect(book.room(service, now: 0).least == 0)
    }

    @Test func `an interactive call stands behind no call of a batch, and no batch call before one`() {
        var book = LimitBook(pool: pool)
        book.open(service, ServiceLimits(tools: ["x": CallLimit(concurrency: 1)]))
        for number in 0..<LimitBook.mostWaiting { #expect(book.admit(delivery(number, "x", .batch), now: 0) == .wait) }
        guard case .delay = book.admit(delivery(90, "x", .batch), now: 0) else { return #expect(Bool(false)) }
        #expect(book.admit(delivery(100), now: 0) == .wait)
        answer(&book, share: 1)
        #expect(book.next(service, now: 0) { _ in true }?.job.id == "j-100")
        book.ended(delivery(100).entry, now: 1)
        // The batch has no slot: that holds up nobody else.
        #expect(book.next(service, now: 1) { $0.lane == .interactive } == nil)
        #expect(book.admit(delivery(101), now: 1) == .start)
        book.ended(delivery(101).entry, now: 2)
        #expect(book.next(service, now: 2) { _ in true }?.job.id == "j-0")
        #expect(book.admit(delivery(102), now: 3) == .wait)
        book.ended(delivery(0, "x", .batch).entry, now: 4)
        #expect(book.admit(delivery(91, "x", .batch), now: 4) == .wait)
        #expect(book.next(service, now: 4) { _ in true }?.job.id == "j-102")
    }

    @Test func `what is not used goes back at once where others wait for it, and only then`() {
        var book = LimitBook(pool: pool)
        book.open(service, ServiceLimits(tools: ["x": CallLimit(concurrency: 2)]))
        #expect(book.admit(delivery(1), now: 0) == .wait)
        answer(&book, share: 1)
        #expect(book.next(service, now: 0) { _ in true }?.job.id == "j-1")
        book.rung(LimitScope.tool(service, "x").key, now: 0)
        #expect(book.surplus(service, now: 1).isEmpty, "it is used")
        book.ended(delivery(1).entry, now: 1)
        #expect(book.surplus(service, now: 1).map(\.1.share) == [0])
        book.answered(.tool(service, "x"), share: 0, extra: 0, wait: 0, sent: 1, lease: 9_000_000, now: 1)
        // Without a ring it stays here for the next call.
        #expect(book.admit(delivery(2), now: 2_000_000) == .wait)
        _ = book.renewals(now: 2_000_000, canUse: true)
        book.answered(.tool(service, "x"), share: 1, extra: 0, wait: 0, sent: 2, lease: 9_000_000, now: 2_000_000)
        #expect(book.next(service, now: 2_000_000) { _ in true }?.job.id == "j-2")
        book.ended(delivery(2).entry, now: 2_000_001)
        #expect(book.surplus(service, now: 1).isEmpty)
    }

    @Test func `tokens of one limit go back where another one has nothing, and both are asked for together`() {
        var book = LimitBook(pool: pool)
        book.open(service, ServiceLimits(service: CallLimit(concurrency: 1)))
        book.setTenants(["t": CallLimit(rate: 10, burst: 2)])
        let (own, tenant) = (LimitScope.service(service), LimitScope.tenant(pool, "t"))
        #expect(Set(book.asks(service, now: 0).map(\.0)) == [own, tenant])
        book.answered(tenant, share: 0, extra: 2, wait: 0, sent: 0, lease: 9_000_000, now: 0)
        #expect(book.surplus(service, now: 0).isEmpty, "the other answer is on its way")
        book.answered(own, share: 0, extra: 0, wait: 0, sent: 0, lease: 9_000_000, now: 0)
        let given = book.surplus(service, now: 0)
        #expect(given.map(\.0) == [tenant] && given[0].1.returned == 2 && given[0].1.wanted == 0)
        book.answered(tenant, share: 0, extra: 0, wait: 50_000, sent: 0, lease: 9_000_000, now: 0)
        #expect(book.surplus(service, now: 1).isEmpty && book.asks(service, now: 1).isEmpty)
        // What was given back is of no use before the other one has something, whatever there is of it.
        #expect(book.asks(service, now: 50_000).isEmpty)
        let later = 1_000_000
        let again = Set(book.asks(service, now: later).map(\.0))
        #expect(again == [own, tenant], "what was given back is asked for with the other")
        book.answered(own, share: 1, extra: 0, wait: 0, sent: later, lease: 9_000_000, now: later)
        book.answered(tenant, share: 0, extra: 1, wait: 0, sent: later, lease: 9_000_000, now: later)
        #expect(book.room(service, now: later).least == 1 && book.surplus(service, now: later).isEmpty)
    }

    @Test func `a call that comes asks at once, whatever was asked before it`() {
        var book = LimitBook(pool: pool)
        let scope = LimitScope.tool(service, "x")
        book.open(service, ServiceLimits(tools: ["x": CallLimit(concurrency: 2)]))
        func answered(_ book: inout LimitBook, _ share: Int, _ now: Int) {
            book.answered(scope, share: share, extra: 0, wait: 0, sent: now, lease: 9_000_000, now: now)
        }
        // A renewal of somebody who needs nothing.
        #expect(book.renewals(now: 0, canUse: true).map(\.1.share) == [0])
        answered(&book, 0, 0)
        #expect(book.asks(service, now: 1).isEmpty)
        #expect(book.admit(delivery(1), now: 2) == .wait)
        #expect(book.asks(service, now: 2).map(\.1.share) == [1])
        answered(&book, 0, 2)
        // Redis knows that calls wait here: one more is nothing new.
        #expect(book.admit(delivery(2), now: 3) == .wait)
        #expect(book.asks(service, now: 3).isEmpty)
        // The renewal that is on its way does not know of the call.
        book.close(service)
        _ = book.remove(delivery(1).entry)
        _ = book.remove(delivery(2).entry)
        book.open(service, ServiceLimits(tools: ["x": CallLimit(concurrency: 2)]))
        #expect(book.renewals(now: 4, canUse: true).map(\.1.share) == [0])
        #expect(book.admit(delivery(3), now: 5) == .wait)
        #expect(book.asks(service, now: 5).isEmpty)
        answered(&book, 0, 6)
        #expect(book.asks(service, now: 6).map(\.1.share) == [1])
    }

    @Test
    func `calls that wait for their tool say so where their service's tokens lie elsewhere, and who has those gives them back`() {
        let limits = ServiceLimits(
            service: CallLimit(rate: 50, burst: 10),
            tools: ["x": CallLimit(concurrency: 1)],
            costs: ["x": 5]
        )
        let (own, tool) = (LimitScope.service(service), LimitScope.tool(service, "x"))
        var (book, idle) = (LimitBook(pool: pool), LimitBook(pool: pool))
        book.open(service, limits)
        idle.open(service, limits)
        answer(&idle, extra: 10)
        answer(&book)
        #expect(book.admit(delivery(1), now: 1) == .wait)
        // First its tool's slot; the service's pause is not over.
        #expect(book.asks(service, now: 1).map(\.0) == [tool])
        book.answered(tool, share: 1, extra: 0, wait: 0, sent: 1, lease: 9_000_000, now: 1)
        let starving = book.asks(service, now: 2)
        #expect(starving.map(\.0) == [own] && starving.first?.1.waiting == 1)
        book.answered(own, share: 0, extra: 0, wait: 0, sent: 2, lease: 9_000_000, now: 2, need: .here)
        #expect(book.asks(service, now: 3).isEmpty, "Redis knows")

        idle.rung(own.key, now: 0)
        let given = idle.surplus(service, now: 4)
        #expect(given.map(\.0) == [own] && given.first?.1.returned == 10 && given.first?.1.wanted == 0)
        idle.answered(own, share: 0, extra: 0, wait: 1000, sent: 4, lease: 9_000_000, now: 4, need: .elsewhere)
        #expect(idle.asks(service, now: 50_000).isEmpty, "the others get them first")
        #expect(idle.asks(service, now: 100_004).count == 1)

        book.rung(own.key, now: 0)
        #expect(book.asks(service, now: 5).first?.1.wanted == 10)
        book.answered(own, share: 0, extra: 10, wait: 0, sent: 5, lease: 9_000_000, now: 5)
        #expect(book.next(service, now: 5) { _ in true }?.job.id == "j-1")
    }

    @Test func `a ring that comes before the answer is not forgotten`() {
        var book = LimitBook(pool: pool)
        let scope = LimitScope.tool(service, "x")
        book.open(service, ServiceLimits(tools: ["x": CallLimit(concurrency: 2)]))
        #expect(book.admit(delivery(1), now: 0) == .wait)
        #expect(book.asks(service, now: 0).count == 1)
        book.rung(scope.key, now: 0)
        func none(_ book: inout LimitBook) -> Bool {
            book.answered(scope, share: 0, extra: 0, wait: 0, sent: 0, lease: 9_000_000, now: 0, need: .here)
        }
        #expect(none(&book), "who has the slots is rung")
        #expect(book.asks(service, now: 0).count == 1, "at once")
        #expect(!none(&book), "they know")
        #expect(book.asks(service, now: 999_999).isEmpty)
        #expect(book.asks(service, now: 1_000_000).count == 1)
        #expect(none(&book))
    }

    @Test func `jobs of a tool wait in their order, few of them, and the rest comes again in its order`() {
        var book = LimitBook(pool: pool)
        book.open(service, ServiceLimits(tools: ["x": CallLimit(rate: 10, burst: 1)]))
        #expect(book.room(service, now: 0).least == nil, "other tools are not limited")
        #expect(book.admit(delivery(100, "y"), now: 0) == .start)
        for number in 1...LimitBook.mostWaiting { #expect(book.admit(delivery(number), now: 0) == .wait) }
        var last = 0
        for number in 17...30 {
            guard case .delay(let time) = book.admit(delivery(number), now: 0) else {
                Issue.record("more than so many wait here")
                return
            }
            #expect(time >= last + 90_000, "a tenth of a second each")
            last = time
        }
        answer(&book, extra: 1)
        #expect(book.next(service, now: 0) { _ in false } == nil, "no slot")
        #expect(book.next(service, now: 0) { _ in true }?.job.id == "j-1")
        #expect(book.next(service, now: 0) { _ in true } == nil)
        // One that comes when the token is there does not overtake.
        answer(&book, extra: 1)
        if case .start = book.admit(delivery(50), now: 0) { Issue.record("it has overtaken") }
        #expect(book.remove(delivery(2).entry)?.job.id == "j-2")
        #expect(book.next(service, now: 0) { _ in true }?.job.id == "j-3")
    }

    @Test func `costs count against the rate`() {
        var book = LimitBook(pool: pool)
        book.open(service, ServiceLimits(service: CallLimit(rate: 10, burst: 10), costs: ["dear": 5]))
        answer(&book, extra: 10)
        #expect(book.room(service, now: 0).least == 2, "each may be a dear one")
        #expect(book.admit(delivery(1, "dear"), now: 0) == .start)
        #expect(book.admit(delivery(2), now: 0) == .start)
        #expect(book.room(service, now: 0).least == 0, "four are left")
    }

    @Test func `the limit of a tenant holds for all its services together`() {
        var book = LimitBook(pool: pool)
        let other = ServiceID(space: Space("t:e")!, name: "b")
        book.open(service, .none)
        book.open(other, .none)
        book.setTenants(["t": CallLimit(concurrency: 1)])
        answer(&book, share: 1)
        #expect(book.room(service, now: 0).least == 1 && book.room(other, now: 0).least == 1)
        #expect(book.admit(delivery(1), now: 0) == .start)
        #expect(book.room(other, now: 0).least == 0)
        book.setTenants([:])
        #expect(book.room(other, now: 0).least == nil)
    }

    @Test func `a service that is closed while tokens are on their way gives them back after they came`() {
        var book = LimitBook(pool: pool)
        book.open(service, ServiceLimits(service: CallLimit(rate: 10, burst: 5)))
        let asks = book.asks(service, now: 0)
        #expect(asks.count == 1)
        book.close(service)
        #expect(book.closings(service).isEmpty, "what comes is not known yet")
        book.answered(asks[0].0, share: 0, extra: 3, wait: 0, sent: 0, lease: 9_000_000, now: 1)
        let renewals = book.renewals(now: 2, canUse: true)
        #expect(renewals.map(\.1.returned) == [3] && renewals.map(\.1.held) == [0])
    }

    @Test func `a job that lacks only the tokens of its tool keeps its place`() {
        var book = LimitBook(pool: pool)
        book.open(service, ServiceLimits(service: CallLimit(concurrency: 2), tools: ["x": CallLimit(rate: 0.1, burst: 1)]))
        #expect(!book.lacksOnlyToolTokens(delivery(1).job, now: 0), "nothing is known yet")
        #expect(book.admit(delivery(1), now: 0) == .wait)
        answer(&book, share: 1)
        #expect(book.lacksOnlyToolTokens(delivery(1).job, now: 0))
        #expect(book.admit(delivery(2, "other"), now: 0) == .start)
        #expect(!book.lacksOnlyToolTokens(delivery(1).job, now: 0), "the service has no place for it here")
        book.ended(delivery(2).entry, now: 1)
        #expect(!book.lacksOnlyToolTokens(delivery(1).job, now: 9_000_000), "what it knows is too old")
    }
}
