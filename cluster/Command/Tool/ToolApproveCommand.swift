import ArgumentParser
import MCPStore

/// `mcpstore tool approve`.
struct ToolApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Approve tools as they are now, so that they are called again.",
        discussion: """
            mcpstore tool show SERVICE_TOOL says in what a tool differs from what was approved, and its hash: with --hash it is approved only \
            if it is still the same.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The tool: its service and its own name; SERVICE alone for all of its tools.",
            valueName: "service/tool"
        )
    )
    var tool: String?

    @Flag(help: "All tools of all services.")
    var all = false

    @Option(help: ArgumentHelp("Only if the tool has this hash.", valueName: "hash"))
    var hash: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if (tool == nil) != all { throw ValidationError("Say which tool, as SERVICE/TOOL, or --all.") }
        if hash != nil, tool?.contains("/") != true { throw ValidationError("--hash is that of one tool: say SERVICE/TOOL.") }
    }

    func run() async throws {
        // Names of services hold no slash, those of tools may.
        let parts = tool?.split(separator: "/", maxSplits: 1).map(String.init) ?? []
        let approved = try await common.withStore { [hash] context -> [String] in
            guard parts.count == 2 else {
                return try await context.approveTools(service: parts.first).map { "\($0.service)/\($0.name)" }
            }
            let isChanged = try await context.approveTool(parts[1], of: parts[0], hash: hash)
            return isChanged ? ["\(parts[0])/\(parts[1])"] : []
        }
        if common.json { return Console.shared.out(JSONValue.object(["approved": JSONOutput.strings(approved)]).description) }
        Console.shared.out(
            approved.isEmpty
                ? "nothing to approve: all is as it was approved"
                : approved.map { "approved \($0.oneLine)" }.joined(separator: "\n")
        )
    }
}
