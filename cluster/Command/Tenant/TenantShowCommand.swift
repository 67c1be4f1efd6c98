import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore tenant show`.
struct TenantShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show what is said of a tenant.")

    @Argument(help: "The namespace.")
    var namespace: String

    @OptionGroup var common: CommonOptions

    func validate() throws { try TenantName.check(namespace) }

    func run() async throws {
        let settings = try await common.withTenants { [namespace] in try await $0.settings(namespace) } ?? TenantSettings()
        Console.shared.out(
            common.json ? TenantOutput.json(namespace, settings).description : TenantOutput.text(namespace, settings)
        )
    }
}
