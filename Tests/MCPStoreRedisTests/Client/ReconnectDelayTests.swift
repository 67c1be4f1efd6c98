import Testing

@testable import MCPStoreRedis

@Suite struct ReconnectDelayTests {
    @Test func `the bound doubles from 50 ms to the socket timeout and starts again after a reset`() {
        var delay = ReconnectDelay(socketTimeout: .seconds(1))
        var generator = SeededGenerator(seed: 1)
        var bounds: [Duration] = []
        for _ in 0..<7 {
            bounds.append(delay.bound)
            let wait = delay.next(using: &generator)
            #expect(wait >= .zero && wait <= bounds[bounds.count - 1])
        }
        #expect(bounds == [50, 100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
        delay.reset()
        #expect(delay.bound == .milliseconds(50))
    }

    @Test func `no wait is longer than 2 s`() {
        var delay = ReconnectDelay(socketTimeout: .seconds(60))
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<40 { _ = delay.next(using: &generator) }
        #expect(delay.bound == .seconds(2))
    }
}
