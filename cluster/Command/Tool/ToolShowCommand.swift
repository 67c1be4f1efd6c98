import ArgumentParser
import MCPStore
import MCPStoreWorker

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
        let (tool, policy, approval) = try await common.withStore { [tool, service] in
            (
                try await $0.toolInfo(tool, service: service), try await $0.toolPolicy(tool, service: service),
                try await $0.toolApproval(tool, service: service)
            )
        }
        guard common.json else { return Console.shared.out(Self.text(tool, policy, approval)) }
        var members = JSONOutput.tool(tool).objectValue ?? [:]
        members["policy"] = JSONOutput.policy(policy)
        if approval.pinning != .off { members["approval"] = JSONOutput.approval(approval) }
        Console.shared.out(JSONValue.object(members).description)
    }

    /// How the tool is beside what was approved.
    private static func rows(_ approval: ToolApproval) -> [(String, String)] {
        guard approval.pinning != .off else { return [] }
        let status = approval.status?.rawValue ?? "not compared yet"
        let approved = approval.approved.map { " (approved \($0) by \((approval.by ?? "").oneLine))" } ?? ""
        return [("pin", status + (approval.isHeld ? ", held back" : "") + approved), ("hash", approval.hash)]
    }

    private static func text(_ differences: [ToolDifference]) -> String {
        guard !differences.isEmpty else { return "" }
        let lines = differences.map { difference in
            let old = difference.old.map { "\n  - \($0.oneLine)" } ?? ""
            let new = difference.new.map { "\n  + \($0.oneLine)" } ?? ""
            return (difference.path.isEmpty ? "the tool" : difference.path.oneLine) + old + new
        }
        return "\n\nsince it was approved\n" + lines.joined(separator: "\n")
    }

    private static func rows(_ policy: CallPolicy) -> [(String, String)] {
        func limit(_ setting: CallPolicy.Setting<Int?>) -> String {
            "\(setting.value.map { Duration.milliseconds($0).shortText } ?? "no limit of its own") (\(setting.source))"
        }
        let again = policy.mayRunAgain.value ? "is run again" : "is not run again: it ends as interrupted"
        var rows = [
            ("deadline", "\(Duration.milliseconds(policy.total.value).shortText) (\(policy.total.source))"),
            ("waiting", limit(policy.waiting)), ("running", limit(policy.running)),
            ("when lost", "\(again) (\(policy.mayRunAgain.source))"),
            ("of the service", policy.serviceLimits.map(LimitOutput.text) ?? ""),
            ("of the tool", policy.toolLimits.map(LimitOutput.text) ?? ""),
            ("circuit", policy.circuit.map { Self.text($0) } ?? ""),
            ("cost", policy.cost == 1 ? "" : "counts as \(policy.cost) calls"),
        ]
        if policy.shares.source != "default" {
            rows.append(("shares answers", "\(policy.shares.value ? "yes" : "no") (\(policy.shares.source))"))
        }
        if policy.keeps.source != "default" {
            let time = policy.keeps.value == 0 ? "not" : Duration.milliseconds(policy.keeps.value).shortText
            rows.append(("keeps answers", "\(time) (\(policy.keeps.source))"))
        }
        return rows
    }

    private static func text(_ circuit: CircuitSettings) -> String {
        let time = Duration.milliseconds(circuit.time).shortText
        return "opens for \(time) after \(circuit.limit) failures on the way in a row (operator, circuit)"
    }

    private static func text(_ tool: ToolInfo, _ policy: CallPolicy, _ approval: ToolApproval) -> String {
        let hints = [(tool.isReadOnly, "read-only"), (tool.isIdempotent, "idempotent"), (tool.isDestructive, "destructive")]
            .compactMap { hint in hint.0.map { $0 ? hint.1 : "not \(hint.1)" } }.joined(separator: ", ")
        let rows = [
            ("name", tool.name.oneLine), ("service", tool.service),
            ("also", "\(tool.qualifiedName), mcp_\(tool.qualifiedName)".oneLine),
            ("title", tool.title?.oneLine ?? ""), ("says of itself", hints),
        ]
        let shown = (rows + Self.rows(policy) + Self.rows(approval)).filter { !$0.1.isEmpty }
        let head = shown.map { $0.0 + String(repeating: " ", count: 16 - $0.0.count) + $0.1 }.joined(separator: "\n")
        let description = tool.description.map { "\n\n\($0)" } ?? ""
        return head + description + text(approval.differences) + "\n\narguments\n" + JSONOutput.value(tool.inputSchema).indented
    }
}
