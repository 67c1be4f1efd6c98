import MCPStore
import MCPStoreQueue
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// Event streams and long polls are bounded by principal.
struct FollowPlacesTests {
    @Test func `A principal has so many places, and another one has its own`() throws {
        let places = FollowPlaces(most: 2)
        let somebody = Principal(name: "somebody", id: "a")
        let other = Principal(name: "other", id: "b")
        let first = try places.enter(somebody)
        let second = try places.enter(somebody)
        let third = #expect(throws: Problem.self) { try places.enter(somebody) }
        #expect(third?.status == 429 && third?.kind == "busy" && third?.retryAfter == FollowPlaces.retryAfter)
        let ofOther = try places.enter(other)
        #expect(places.taken == 3)
        first.end()
        first.end()
        #expect(places.taken == 2)
        let again = try places.enter(somebody)
        #expect(throws: Problem.self) { try places.enter(somebody) }
        for place in [second, ofOther, again] { place.end() }
        #expect(places.taken == 0)
    }

    @Test func `A place that nobody holds any more is free`() throws {
        let places = FollowPlaces(most: 1)
        do {
            let place = try places.enter(.anonymous)
            withExtendedLifetime(place) { #expect(places.taken == 1) }
        }
        #expect(places.taken == 0)
    }

    @Test func `One long poll too many is refused, and those that end make room`() async throws {
        try await withRedisGateway { gateway in
            let body = #"{"tool":"sleep","arguments":{"ms":500000},"timeoutMs":600000}"#
            let id = try #require(try await gateway.rest(.POST, "jobs", body: body).json()["id"]?.stringValue)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<(FollowPlaces.most + 2) {
                    group.addTask { try await gateway.rest(.GET, "jobs/\(id)?wait=300s").status }
                }
                // Only the refused ones are answered while it runs.
                for _ in 0..<2 { #expect(try await group.next() == 429) }
                let refused = try await gateway.rest(.GET, "jobs/\(id)/events")
                #expect(refused.status == 429 && refused.headers.first(name: "retry-after") == "5", "\(refused.text)")
                #expect(refused.type == "application/problem+json")
                // Who does not wait needs no place.
                #expect(try await gateway.rest(.GET, "jobs/\(id)").status == 200)
                #expect(try await gateway.rest(.DELETE, "jobs/\(id)").status == 200)
                var answered = 0
                for try await status in group where status == 200 { answered += 1 }
                #expect(answered == FollowPlaces.most)
            }
            let next = try #require(try await gateway.rest(.POST, "jobs", body: body).json()["id"]?.stringValue)
            #expect(try await gateway.rest(.GET, "jobs/\(next)?wait=1ms").json()["status"] == "working")
            #expect(try await gateway.rest(.DELETE, "jobs/\(next)").status == 200)
        }
    }
}
