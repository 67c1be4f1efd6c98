import ArgumentParser
import Foundation
import Glibc
import MCPStore

/// `chaos caller`: one calling process of a run. The suite starts it; nobody else needs it.
struct CallerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caller",
        abstract: "Call tools and write down what comes of it, until standard input ends.",
        shouldDisplay: false
    )

    @Option(help: "Where the ledger goes.") var ledger: String
    @Option(help: "What the ids of its calls begin with.") var prefix: String
    @Option(help: "A service to call; may be repeated.") var service: [String]
    @Option(help: "What decides on the calls.") var seed: UInt64
    @Option(help: "What decides on the calls with a key, which other callers make too.") var shared: UInt64 = 0
    @Option(help: "Calls at the same time.") var concurrency = 32
    @Option(help: "How many calls to make.") var calls: Int?
    @Option(help: "Calls a second at most.") var rate: Double?
    @Option(help: "Seconds that a call may take.") var timeout = 20
    @Option(help: "The namespace of the services.") var namespace: String
    @Option(help: "The URL of Redis.") var redis: String?
    @Option(help: "The URL of a gateway, instead of Redis; may be repeated.") var gateway: [String] = []

    func validate() throws {
        guard (redis != nil) != !gateway.isEmpty else { throw ValidationError("either --redis or --gateway") }
    }

    func run() async throws {
        let mix = CallMix(prefix: prefix, services: service, seed: seed, shared: shared)
        let gate = CallGate(mix, limit: calls, rate: rate)
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { break }
            }
            gate.end()
        }
        try await CallerRun(
            target: try await target(gate),
            ledger: LedgerWriter(path: ledger),
            gate: gate,
            concurrency: concurrency,
            timeout: .seconds(timeout)
        ).run()
    }

    private func target(_ gate: CallGate) async throws -> any CallTarget {
        guard let redis else { return GatewayTarget(gateway.map { "\($0)/api/v1/\(namespace)/default" }) }
        let options = RedisOptions(url: redis, namespace: namespace, dataspace: "default", embedded: false)
        return try await StoreTarget(options) { gate.isEnding }
    }
}
