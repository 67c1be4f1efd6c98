import ArgumentParser
import Foundation
import MCPStore
import MCPStoreQueue

/// `mcpstore tenant set`.
struct TenantSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Say what part a tenant has, and what it may use; what is not named stays.",
        discussion: """
            mcpstore tenant set acme --weight 3
            mcpstore tenant set trial --max-queued 10000 --max-running 8 --rate 50 --burst 100
            mcpstore tenant set trial --rate 0                 # 0 takes a limit away
            """
    )

    @Argument(help: "The namespace.")
    var namespace: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Its part where several want more than there is, beside those of others.", valueName: "n")
    )
    var weight: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Calls queued or running in one of its spaces; more are busy.", valueName: "n")
    )
    var maxQueued: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Calls that run at the same time, over the whole cluster.", valueName: "n")
    )
    var maxRunning: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Calls that start a second, over the whole cluster.", valueName: "n"))
    var rate: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Calls that may start at once after a pause. (default: those of a second)", valueName: "n")
    )
    var burst: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try TenantName.check(namespace)
        if let weight, !TenantSettings.allowedWeights.contains(weight) { throw ValidationError("--weight takes 0.001 to 1000") }
        if let rate, rate != 0, !CallLimit.allowedRates.contains(rate) { throw ValidationError("--rate takes 0.001 to 1000000") }
        for (name, value) in [("--max-queued", maxQueued), ("--max-running", maxRunning), ("--burst", burst)] {
            if let value, !(0...1_000_000_000).contains(value) { throw ValidationError("\(name) takes 0 to 1000000000") }
        }
        if weight == nil, maxQueued == nil, maxRunning == nil, rate == nil, burst == nil {
            throw ValidationError("say what to set: --weight, --max-queued, --max-running, --rate or --burst")
        }
    }

    func run() async throws {
        @Sendable func merged<Value: Numeric & Sendable>(_ new: Value?, _ old: Value?) -> Value? {
            new == nil ? old : new == 0 ? nil : new
        }
        let (namespace, weight, queued, running, rate, burst) = (namespace, weight, maxQueued, maxRunning, rate, burst)
        let settings = try await common.withTenants { tenants in
            var settings = try await tenants.settings(namespace) ?? TenantSettings()
            settings.weight = weight ?? settings.weight
            settings.maxQueued = merged(queued, settings.maxQueued)
            settings.maxRunning = merged(running, settings.maxRunning)
            settings.rate = merged(rate, settings.rate)
            // Without a rate there is nothing that could burst.
            settings.burst = merged(burst, rate == 0 ? nil : settings.burst)
            guard settings.burst == nil || settings.rate != nil else {
                throw CommandFailure(status: .usage, message: "a burst needs a rate: say --rate, or --burst 0")
            }
            (settings.updated, settings.by) = (ISO8601.now(), NSUserName())
            try await tenants.put(settings, for: namespace)
            return settings
        }
        Console.shared.out(
            common.json ? TenantOutput.json(namespace, settings).description : TenantOutput.text(namespace, settings)
        )
    }
}
