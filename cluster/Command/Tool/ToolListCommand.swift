import ArgumentParser
import MCPStore

/// `mcpstore tool list`.
struct ToolListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the tools of all services, or of one.")

    @Option(help: ArgumentHelp("Only the tools of this service.", valueName: "name"))
    var service: String?

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let tools = try await common.withStore { [service] in try await $0.listTools(service: service, includingHeld: true) }
        if common.json { return Console.shared.out(JSONValue.array(tools.map(JSONOutput.tool)).description) }
        let isPinned = tools.contains { $0.pin != nil }
        var table = isPinned ? Table("TOOL", "SERVICE", "PIN", "DESCRIPTION") : Table("TOOL", "SERVICE", "DESCRIPTION")
        for tool in tools {
            let line = tool.description?.split(whereSeparator: \.isNewline).first.map { String($0.prefix(80)) } ?? ""
            guard isPinned else {
                table.add(tool.name.oneLine, tool.service, line.oneLine)
                continue
            }
            let pin = tool.pin.map { $0.rawValue + (tool.isHeld ? ", held" : "") } ?? ""
            table.add(tool.name.oneLine, tool.service, pin, line.oneLine)
        }
        Console.shared.out(table.isEmpty ? "no tools: see mcpstore service list" : table.text)
    }
}
