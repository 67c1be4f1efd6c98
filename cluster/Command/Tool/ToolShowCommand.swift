import ArgumentParser
import MCPStore

/// `mcpstore tool show`.
struct ToolShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a tool: what it does and takes.")

    @Argument(help: "The tool: its own name, service_tool or mcp_service_tool.")
    var tool: String

    @Option(
        help: ArgumentHelp("The service that is meant; needed only where all names of a tool are ambiguous.", valueName: "name")
    )
    var service: String?

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let tool = try await common.withStore { [tool, service] in try await $0.toolInfo(tool, service: service) }
        Console.shared.out(common.json ? JSONOutput.tool(tool).description : Self.text(tool))
    }

    private static func text(_ tool: ToolInfo) -> String {
        let hints = [(tool.isReadOnly, "read-only"), (tool.isIdempotent, "idempotent"), (tool.isDestructive, "destructive")]
            .compactMap { hint in hint.0.map { $0 ? hint.1 : "not \(hint.1)" } }.joined(separator: ", ")
        let rows = [
            ("name", tool.name.oneLine), ("service", tool.service),
            ("also", "\(tool.qualifiedName), mcp_\(tool.qualifiedName)".oneLine),
            ("title", tool.title?.oneLine ?? ""), ("says of itself", hints),
        ].filter { !$0.1.isEmpty }
        let head = rows.map { $0.0 + String(repeating: " ", count: 16 - $0.0.count) + $0.1 }.joined(separator: "\n")
        let description = tool.description.map { "\n\n\($0)" } ?? ""
        return head + description + "\n\narguments\n" + JSONOutput.value(tool.inputSchema).indented
    }
}
