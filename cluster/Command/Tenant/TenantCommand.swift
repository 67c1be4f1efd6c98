import ArgumentParser

/// `mcpstore tenant`: how namespaces share a cluster.
struct TenantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant",
        abstract: "Say what part of a cluster namespaces have, and what they may use.",
        discussion: """
            Tenants are namespaces. All share alike unless something is said; workers follow a change within a third of their lease (3 s).
            docs/tenants.md has the whole story.
            """,
        subcommands: [TenantSetCommand.self, TenantListCommand.self, TenantShowCommand.self, TenantResetCommand.self]
    )
}
