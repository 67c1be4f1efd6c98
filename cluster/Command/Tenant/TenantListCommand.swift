import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore tenant list`.
struct TenantListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tenants of which something was said; all others share alike and have no limits."
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let tenants = try await common.withTenants { try await $0.all() }.sorted { $0.key < $1.key }
        if common.json {
            return Console.shared.out(JSONValue.array(tenants.map { TenantOutput.json($0.key, $0.value) }).description)
        }
        var table = Table("NAMESPACE", "WEIGHT", "QUEUED", "RUNNING", "RATE", "BURST")
        for (namespace, settings) in tenants {
            table.add(
                namespace.oneLine,
                TenantOutput.number(settings.share),
                settings.maxQueued.map { "\($0)" } ?? "-",
                settings.maxRunning.map { "\($0)" } ?? "-",
                settings.rate.map { TenantOutput.number($0) + "/s" } ?? "-",
                settings.rate.map { _ in "\(settings.limit.capacity)" } ?? "-"
            )
        }
        Console.shared.out(table.isEmpty ? "nothing was said of any tenant: they share alike, without limits" : table.text)
    }
}
