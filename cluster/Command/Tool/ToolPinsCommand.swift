import ArgumentParser
import MCPStore

/// `mcpstore tool pins`.
struct ToolPinsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pins",
        abstract: "Show or say what becomes of tools that are not as they were approved.",
        discussion: """
            off: nobody compares. warn: they are called, and shown as changed. enforce: they are held back, neither listed to clients nor \
            called, until mcpstore tool approve. What is listed when this is turned on counts as approved, and so does what a service lists \
            first that is added later.
            """
    )

    @Argument(help: "off, warn or enforce; shows what is set where nothing is given.")
    var pinning: ToolPinning?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (pinning, differing) = try await common.withStore { [pinning] context in
            if let pinning { try await context.setToolPinning(pinning) }
            let now = try await context.toolPinning()
            let tools = try await context.listTools(includingHeld: true)
            return (now, tools.filter { $0.pin != nil && $0.pin != .approved })
        }
        if common.json {
            let tools = differing.map { JSONValue.string("\($0.service)/\($0.name)") }
            return Console.shared.out(
                JSONValue.object(["pins": .string(pinning.rawValue), "differing": .array(tools)]).description
            )
        }
        var lines = ["tool pins: \(pinning.rawValue)"]
        for tool in differing.prefix(20) { lines.append("\(tool.pin?.rawValue ?? "")  \(tool.service)/\(tool.name)".oneLine) }
        if differing.count > 20 { lines.append("and \(differing.count - 20) more: mcpstore tool list") }
        if let first = differing.first {
            lines.append(
                ("next: mcpstore tool show \(first.qualifiedName)\(common.repeated), then mcpstore tool approve "
                    + "\(first.service)/\(first.name)\(common.repeated)").oneLine
            )
        }
        Console.shared.out(lines.joined(separator: "\n"))
    }
}

extension ToolPinning: ExpressibleByArgument {}
