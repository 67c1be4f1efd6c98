import MCPStoreRedis
import Testing

@testable import MCPStoreQueue

/// Runs all orders of a scenario, each in a world that begins anew.
enum Interleavings {
    /// - Parameters:
    ///   - name: Printed with the number of orders.
    ///   - variants: For each variant, the steps of each of its actors.
    ///   - kinds: Whether the job may run again.
    ///   - prelude: What came before all orders.
    ///   - setUp: What there is before that, besides a lane, an inbox and two workers.
    ///   - goOn: What follows each order.
    ///   - judge: What is broken then, in words.
    static func all(
        _ name: String,
        _ variants: [[[Step]]],
        kinds: [Bool] = [true, false],
        deaths: Int = 0,
        record: String = "",
        prelude: [Step] = [],
        setUp: (World) async throws -> Void = { _ in },
        goOn: (World) async throws -> Void = { try await $0.goOn() },
        judge: (World, World.Rest) -> [String] = { $0.broken($1) },
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var count = 0
        try await withFixture { fixture in
            for mayRunAgain in kinds {
                for order in variants.flatMap(Orders.of) {
                    let world = World(fixture, mayRunAgain: mayRunAgain, deaths: deaths, record: record)
                    try await world.prepare()
                    try await setUp(world)
                    try await world.run(prelude + order)
                    try await goOn(world)
                    let rest = try await world.rest()
                    var broken = judge(world, rest)
                    // Poison is a job that may run again and was interrupted all the same.
                    let letters = rest.stats[.interrupted] == 1 && mayRunAgain ? 1 : 0
                    if rest.letters != letters { broken.append("\(rest.letters) dead letters") }
                    count += 1
                    guard broken.isEmpty else {
                        let story = world.trace.joined(separator: "; ")
                        let what = broken.joined(separator: "; ")
                        Issue.record("\(what). May run again: \(mayRunAgain). \(story)", sourceLocation: sourceLocation)
                        return
                    }
                }
            }
        }
        #expect(count > 0, sourceLocation: sourceLocation)
        print("INTERLEAVINGS \(count): \(name)")
    }
}
