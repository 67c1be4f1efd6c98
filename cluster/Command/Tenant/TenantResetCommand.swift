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
        let isKnown = try await common.withTenants { [namespace] in
            guard try await $0.settings(namespace) != nil else { return false }
            try await $0.put(nil, for: namespace)
            return true
        }
        if common.json {
            return Console.shared.out(JSONValue.object(["reset": .string(namespace), "changed": .bool(isKnown)]).description)
        }
        Console.shared.out(isKnown ? "reset \(namespace)" : "nothing was said of \(namespace): it shares like all others")
    }
}
