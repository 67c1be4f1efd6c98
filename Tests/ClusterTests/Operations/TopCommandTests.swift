import MCPStore
import TestSupport
import Testing

struct TopCommandTests {
    @Test func `Top prints one table to a pipe, with the calls that were made`() async throws {
        try await withCluster { cluster in
            try await cluster.add("tools")
            for _ in 0..<3 { try await cluster.succeed(["call", "echo", #"{"text":"x"}"#]) }
            let text = try await cluster.succeed(["top", "--once", "--interval", "500ms"]).output
            #expect(text.contains("1/1 services ready") && text.contains("CALLS/S") && !text.contains("\u{1b}"), "\(text)")
            let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("tools ") }, "\(text)")
            #expect(row.contains("healthy") && row.split(separator: " ").suffix(2) == ["3", "0"], "\(row)")
            let json = try await cluster.succeed(["top", "--json", "--interval", "500ms"]).json()
            #expect(json["services"]?.arrayValue?.first?["calls"] == 3, "\(json)")
            // All spaces of the cluster.
            let spaces = try await cluster.succeed(["top", "--spaces", "--once"]).output
            #expect(spaces.hasPrefix("1 space  0 queued  0 running") && spaces.contains("\n\(cluster.space)"), "\(spaces)")
            let loads = try await cluster.succeed(["top", "--spaces", "--json"]).json()
            #expect(loads["spaces"]?.arrayValue?.first?["services"] == 1, "\(loads)")
        }
    }
}
