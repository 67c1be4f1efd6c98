import ArgumentParser
import MCPStore

/// `mcpstore prompt list`.
struct PromptListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the prompts of all services, or of one."
    )

    @Option(help: ArgumentHelp("Only those of this service.", valueName: "name"))
    var service: String?

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let prompts = try await common.withStore { [service] in try await $0.listPrompts(service: service) }
        if common.json {
            let list = prompts.map { prompt -> JSONValue in
                [
                    "name": .string(prompt.name), "service": .string(prompt.service),
                    "qualifiedName": .string(prompt.qualifiedName), "prompt": JSONOutput.value(prompt.json),
                ]
            }
            return Console.shared.out(JSONValue.array(list).description)
        }
        var table = Table("PROMPT", "SERVICE", "ARGUMENTS", "DESCRIPTION")
        for prompt in prompts {
            let arguments = prompt.arguments.map { $0.isRequired ? $0.name : "[\($0.name)]" }.joined(separator: " ")
            let line = prompt.description?.split(whereSeparator: \.isNewline).first.map { String($0.prefix(80)) } ?? ""
            table.add(prompt.name.oneLine, prompt.service, arguments.oneLine, line.oneLine)
        }
        Console.shared.out(table.isEmpty ? "no prompts: see mcpstore service list" : table.text)
    }
}
