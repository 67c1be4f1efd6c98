import NIOCore
import Testing

@testable import MCPStoreQueue

/// What was approved of the tools of a space, on either platform.
@Suite(.timeLimit(.minutes(5))) struct PinConformanceTests {
    private func tool(_ name: String, _ text: String) -> PinnedTool {
        PinnedTool(name: name, hash: "h-\(text)", document: ByteBuffer(string: #"{"name":"\#(name)","x":"\#(text)"}"#))
    }

    @Test(arguments: Platform.allCases)
    func `approvals are kept by tool, the first ones only once, and end with their service`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let registry = space.registry
            #expect(try await registry.pinMode() == .off)
            #expect(try await registry.pins(["svc", "nobody"]).isEmpty)
            #expect(try await registry.approve([tool("a", "1"), tool("b/ü:c", "1")], of: "svc", by: "first", onlyFirst: true))
            #expect(try await !registry.approve([tool("a", "2")], of: "svc", by: "late", onlyFirst: true))
            let first = try #require(try await registry.pins(["svc"])["svc"])
            #expect(first.keys.sorted() == ["a", "b/ü:c"])
            let pin = try #require(first["a"])
            #expect(pin.hash == "h-1" && pin.by == "first" && pin.document == tool("a", "1").document)
            #expect(pin.approved.hasPrefix("20") && pin.approved.hasSuffix("Z"))
            #expect(try await registry.approve([tool("a", "2")], of: "svc", by: "me \"q\"", onlyFirst: false))
            let second = try #require(try await registry.pins(["svc"])["svc"])
            #expect(second["a"]?.hash == "h-2" && second["a"]?.by == "me \"q\"" && second["b/ü:c"]?.hash == "h-1")
            // A service that is not there has nothing to approve, one without tools has nothing approved.
            #expect(try await !registry.approve([tool("a", "1")], of: "nobody", by: "x", onlyFirst: false))
            _ = try await registry.put([("empty", ByteBuffer(string: "{}"), nil)], by: "x")
            #expect(try await registry.approve([], of: "empty", by: "x", onlyFirst: true))
            #expect(try await registry.pins(["empty"]) == ["empty": [:]])
            #expect(try await !registry.approve([tool("a", "1")], of: "empty", by: "x", onlyFirst: true))
            #expect(try await space.remove("svc"))
            #expect(try await registry.pins(["svc"]).isEmpty)
        }
    }

    @Test(arguments: Platform.allCases)
    func `a worker that follows a space hears of approvals, and of what becomes of tools that differ`(platform: Platform)
        async throws
    {
        try await withPlatform(platform) { space in
            let worker = try await space.worker()
            let heard = Events<String>()
            worker.queue.follow(space.space, onChange: { _ in }, onBrake: { _ in }, onPins: { heard.add($0 ?? "all") })
            let end = ContinuousClock.now + .seconds(30)
            // Where the stream ends now is asked for first.
            while heard.all.isEmpty, ContinuousClock.now < end {
                _ = try await space.registry.approve([tool("a", "1")], of: "svc", by: "x", onlyFirst: false)
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(try await space.registry.setPinMode(.enforce))
            #expect(try await !space.registry.setPinMode(.enforce))
            #expect(try await space.registry.pinMode() == .enforce)
            #expect(await heard.wait { $0.last == "all" })
            #expect(try await space.registry.setPinMode(.off))
            #expect(try await space.registry.pinMode() == .off)
            #expect(Set(heard.all) == ["svc", "all"])
        }
    }
}
