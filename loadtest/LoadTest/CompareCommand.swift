import ArgumentParser
import Foundation
import Logging
import MCPStore
import MCPStoreProtocol
import NIOCore
import NIOPosix

/// `loadtest compare`: the same echo calls over stdio to a server of our own, and through the cluster, in turn.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare calls through the cluster with direct ones to the same MCP server.",
        discussion: """
            Needs a running cluster with a service that has the tool `echo`, such as `cluster/up` starts. Closed loop: as many
            callers as in flight, each calls again when it is answered. Rounds alternate, because machines are noisy; the median
            round is printed.
            """
    )

    @Option(help: ArgumentHelp("Where the cluster's Redis is.", valueName: "url"))
    var redis: String

    @Option(help: ArgumentHelp("The MCP server that is called directly.", valueName: "path"))
    var server: String

    @Option(help: ArgumentHelp("Callers at the same time; may be repeated.", valueName: "n"))
    var inFlight: [Int] = [1, 64]

    @Option(help: ArgumentHelp("How long one round takes.", valueName: "s"))
    var seconds = 5.0

    @Option(help: ArgumentHelp("Rounds of each.", valueName: "n"))
    var rounds = 5

    func validate() throws {
        guard inFlight.allSatisfy({ (1...10_000).contains($0) }) else {
            throw ValidationError("--in-flight must be from 1 to 10000")
        }
        guard seconds > 0, seconds <= 600, (1...100).contains(rounds) else {
            throw ValidationError("--seconds or --rounds is out of range")
        }
    }

    func run() async throws {
        var logger = Logger(label: "loadtest")
        logger.logLevel = .warning
        let direct = try await DirectTarget.open(server: server, logger: logger)
        let store = try await MCPStore.setup(redis: RedisOptions(url: redis, dataspace: "default", embedded: false))
        let cluster = ClusterTarget(store: store.forStore())
        print("calls of echo with a text of 200 bytes, closed loop, median of \(rounds) rounds of \(seconds) s")
        print("in flight   target     calls/s   p50 us   p99 us")
        for count in inFlight {
            var results: [String: [Round]] = [:]
            _ = try await Round.measure(cluster, inFlight: count, seconds: min(seconds, 1))
            for _ in 0..<rounds {
                results["direct", default: []].append(try await Round.measure(direct, inFlight: count, seconds: seconds))
                results["cluster", default: []].append(try await Round.measure(cluster, inFlight: count, seconds: seconds))
            }
            for name in ["direct", "cluster"] {
                guard let round = Round.median(results[name] ?? []) else { continue }
                print(round.row(inFlight: count, target: name))
            }
        }
        await store.close()
        await direct.close()
    }
}
