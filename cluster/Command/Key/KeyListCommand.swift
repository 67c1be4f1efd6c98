import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore key list`.
struct KeyListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the keys, without their secrets.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let keys = try await common.withKeys { try await $0.all() }
        if common.json { return Console.shared.out(JSONValue.array(keys.map(KeyOutput.json)).description) }
        var table = Table("ID", "NAME", "SPACES", "TOOLS", "ROLES", "LIMITS", "CREATED", "EXPIRES")
        for key in keys {
            table.add(
                key.id,
                key.name.oneLine,
                key.spaces.joined(separator: " "),
                key.tools.joined(separator: " ").oneLine,
                key.roles.map(\.rawValue).joined(separator: " "),
                KeyOutput.limits(key),
                key.created,
                key.expires.map { ISO8601.text($0.plausible * 1000) } ?? "never"
            )
        }
        Console.shared.out(table.isEmpty ? "no keys: mcpstore key create makes one" : table.text)
    }
}
