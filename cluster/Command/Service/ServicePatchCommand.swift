import ArgumentParser
import Foundation
import MCPStore

/// `mcpstore service patch`: changes parts of a service's configuration.
struct ServicePatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "patch",
        abstract: "Change parts of a service's configuration (JSON merge patch).",
        discussion: """
            mcpstore service patch weather '{"env":{"UNITS":"metric","DEBUG":null},"concurrency":8}'

            Members replace those of the same name, objects such as env are merged, null removes. The server is started anew only
            where what it is started with has changed.
            """
    )

    @Argument(help: "The service's name.")
    var name: String

    @Argument(help: "The changes as a JSON object; - reads them from standard input.")
    var changes: String

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let value =
            try changes == "-" ? ServiceInput.read(file: "-") : ServiceInput.parse(Data(changes.utf8), what: "the patch")
        let result = try await common.withStore { [name] in try await $0.patchService(name, value) }
        ServiceChangeOutput.show(result, json: common.json)
    }
}
