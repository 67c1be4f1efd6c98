import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore tenant reset`.
struct TenantResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Take back what was said of a tenant: it shares like all others, and has no limits."
    )

    @Argument(help: "The namespace.")
    var namespace: String

    @OptionGroup var common: CommonOptions

    func validate() throws { try TenantName.check(namespace) }

    func run() async throws {
        try await common.withTenants { [namespace] in try await $0.put(nil, for: namespace) }
        Console.shared.out(common.json ? JSONValue.object(["reset": .string(namespace)]).description : "reset \(namespace)")
    }
}
