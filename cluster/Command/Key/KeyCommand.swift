import ArgumentParser

/// `mcpstore key`: who may use the gateways of a cluster.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make, list and take back the API keys of a cluster's gateways.",
        discussion: """
            Redis holds a digest of a key, never the key. A key that was revoked is refused by every gateway within five seconds.
            """,
        subcommands: [KeyCreateCommand.self, KeyListCommand.self, KeyRevokeCommand.self]
    )
}
