import MCPStoreQueue
import Testing

@testable import MCPStoreWorker

struct HostStatusTests {
    @Test func `a service is initializing at first and reconnecting after it was lost`() {
        var status = HostStatus()
        status.starting("'x'")
        #expect(status.status == .initializing)
        status.ready(1)
        #expect(status.status == .healthy)
        #expect(status.reason == "ready, 1 tool")
        _ = status.failed("it ended", jitter: 0)
        #expect(status.status == .reconnecting)
        status.starting("'x'")
        #expect(status.status == .reconnecting)
    }

    @Test func `a disabled service is disconnected, and says why`() {
        var status = HostStatus()
        status.ready(1)
        status.disabled()
        #expect(status.status == .disconnected)
        #expect(status.reason == "disabled by its configuration")
        status.starting("x")
        #expect(status.status == .initializing)
    }

    @Test func `after three failures it is unreachable until it is ready, and says why and when it is tried again`() {
        var status = HostStatus()
        let waits = (0..<8).map { _ in
            status.starting("'x'")
            return status.failed("no such file", jitter: 1)
        }
        #expect(status.status == .unreachable)
        #expect(status.reason == "no such file; next try in 30.0 s (failure 8)")
        #expect(waits == [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
        status.starting("'x'")
        #expect(status.status == .unreachable)
        status.ready(2)
        let wait = status.failed("again", jitter: 0)
        #expect(wait == 250)
    }

    @Test func `failed health checks warn, and the third gives the session up`() {
        var status = HostStatus()
        status.ready(2)
        let first = status.checked("slow")
        #expect(status.status == .warning)
        let others = [status.checked("slow"), status.checked("slow")]
        #expect([first] + others == [false, false, true])
    }

    @Test func `a good health check forgets the failed ones`() {
        var status = HostStatus()
        status.ready(2)
        _ = status.checked("slow")
        _ = status.checked("slow")
        let good = status.checked(nil)
        #expect(status.status == .healthy)
        let bad = status.checked("slow")
        #expect([good, bad] == [false, false])
        #expect(status.failedChecks == 1)
    }
}
