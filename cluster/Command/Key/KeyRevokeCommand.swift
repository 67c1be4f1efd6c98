import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore key revoke`.
struct KeyRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take a key back: every gateway refuses it within five seconds."
    )

    @Argument(help: "Its id, or the key itself.")
    var id: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let id = AccessKey.parts(of: id)?.id ?? id
        guard try await common.withKeys({ try await $0.remove(id) }) else {
            throw CommandFailure(
                status: .usage,
                message: "there is no key '\(id.oneLine.prefix(60))': mcpstore key list shows those there are"
            )
        }
        Console.shared.out(common.json ? JSONValue.object(["revoked": .string(id)]).description : "revoked \(id)")
    }
}
