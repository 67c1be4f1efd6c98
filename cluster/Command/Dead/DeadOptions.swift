import ArgumentParser
import Foundation
import MCPStoreQueue

/// Which dead letters are meant.
struct DeadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only those of a service.", valueName: "name"))
    var service: String?

    @Option(help: ArgumentHelp("Only those of a tool, by its own name.", valueName: "name"))
    var tool: String?

    @Option(help: ArgumentHelp("Only those whose reason holds this text.", valueName: "text"))
    var reason: String?

    @Option(
        help: ArgumentHelp("Only those given up in this last time, such as 30m or 2h.", valueName: "time"),
        transform: TimeSpan.init
    )
    var since: TimeSpan?

    @Option(help: ArgumentHelp("The newest ones, at most so many.", valueName: "n"))
    var limit: Int?

    func validate() throws {
        if let limit, !(1...1_000_000).contains(limit) { throw ValidationError("--limit must be from 1 to 1000000") }
    }

    /// Whether any of them was given, apart from the limit.
    var selects: Bool { service != nil || tool != nil || reason != nil || since != nil }

    /// - Parameter most: How many without `--limit`.
    func filter(most: Int) -> DeadFilter {
        DeadFilter(
            service: service,
            tool: tool,
            reason: reason,
            since: since.map { Int(Date().timeIntervalSince1970 * 1000) - $0.milliseconds },
            limit: limit ?? most
        )
    }
}
