import ArgumentParser
import Foundation
import MCPStore

/// `mcpstore prompt get`.
struct PromptGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Get a prompt with its arguments filled in.",
        discussion: "mcpstore prompt get greeting name=Ada"
    )

    @Argument(help: "The prompt: its own name, service_prompt or mcp_service_prompt.")
    var prompt: String

    @Argument(help: ArgumentHelp("Its arguments.", valueName: "name=value"))
    var arguments: [String] = []

    @Option(
        help: ArgumentHelp("The service that is meant; needed only where all names of a prompt are ambiguous.", valueName: "name")
    )
    var service: String?

    @Option(
        help: ArgumentHelp("How long it may take in all. (default: as the service says)", valueName: "time"),
        transform: TimeSpan.init
    )
    var timeout: TimeSpan?

    @OptionGroup var common: ContextOptions

    func run() async throws {
        var values: [String: String] = [:]
        for argument in arguments {
            guard let cut = argument.firstIndex(of: "="), cut > argument.startIndex else {
                throw ValidationError("'\(argument)' is not an argument of a prompt: write name=value")
            }
            values[String(argument[..<cut])] = String(argument[argument.index(after: cut)...])
        }
        let filled = values
        let result = try await common.withStore { [prompt, service, timeout] context in
            try await context.getPrompt(prompt, filled, service: service, timeout: timeout?.duration)
        }
        Console.shared.out(common.json ? JSONOutput.answer(result.report, result.rawJSON) : result.description)
    }
}
