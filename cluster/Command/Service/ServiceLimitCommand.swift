import ArgumentParser
import Foundation
import MCPStore
import MCPStoreQueue
import MCPStoreWorker

/// `mcpstore service limit`.
struct ServiceLimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "Limit the calls of a service, or of one tool of it, over the whole cluster; what is not named stays.",
        discussion: """
            mcpstore service limit search --concurrency 3 --rate 50 --burst 10
            mcpstore service limit search --tool index --concurrency 1 --cost 5     # beside the limit of the service
            mcpstore service limit search --circuit 5 --open 10s                    # after 5 failures on the way, refuse for 10 s
            mcpstore service limit search --none

            It is a change of the configuration: the same as mcpstore service patch with "limits", "circuit" and "toolSettings".
            """
    )

    @Argument(help: "The service's name.")
    var name: String

    @Option(help: ArgumentHelp("Only for calls of this tool.", valueName: "name"))
    var tool: String?

    @Option(help: ArgumentHelp("Calls that run at the same time; 0: not limited.", valueName: "n"))
    var concurrency: Int?

    @Option(help: ArgumentHelp("Calls that start a second, such as 0.5; 0: not limited.", valueName: "n"))
    var rate: Double?

    @Option(help: ArgumentHelp("Calls that may start at once after a pause. (default: those of a second)", valueName: "n"))
    var burst: Int?

    @Option(help: ArgumentHelp("With --tool: as how many calls one of it counts against rates.", valueName: "n"))
    var cost: Int?

    @Option(
        help: ArgumentHelp("Failures on the way in a row after which calls are refused for a while; 0: never.", valueName: "n")
    )
    var circuit: Int?

    @Option(
        help: ArgumentHelp("With --circuit: for how long. (default: 10s)", valueName: "time"),
        transform: { try TimeSpan($0) }
    )
    var open: TimeSpan?

    @Flag(help: "Take the limits of the service away, or with --tool those of the tool and its cost.")
    var none = false

    @OptionGroup var common: ContextOptions

    func validate() throws {
        if cost != nil, tool == nil { throw ValidationError("--cost is said of a tool: add --tool NAME") }
        if tool != nil, circuit != nil { throw ValidationError("a circuit is one of the service, not of a tool") }
        if open != nil, circuit == nil { throw ValidationError("--open needs --circuit") }
        if !none, concurrency == nil, rate == nil, burst == nil, cost == nil, circuit == nil {
            throw ValidationError("say a limit: --concurrency, --rate, --burst, --cost or --circuit; or --none")
        }
    }

    func run() async throws {
        var own: [String: JSONValue] = [:]
        if none {
            own["limits"] = .null
            if tool != nil { own["cost"] = .null }
        } else {
            var limits: [String: JSONValue] = [:]
            if let concurrency { limits["concurrency"] = concurrency == 0 ? .null : .integer(concurrency) }
            if let rate { limits["rate"] = rate == 0 ? .null : .number(rate) }
            if let burst { limits["burst"] = burst == 0 ? .null : .integer(burst) }
            if rate == 0, burst == nil { limits["burst"] = .null }
            if !limits.isEmpty { own["limits"] = .object(limits) }
        }
        if let cost { own["cost"] = .integer(cost) }
        var patch = own
        if let tool { patch = ["toolSettings": .object([tool: .object(own)])] }
        if let circuit {
            var members: [String: JSONValue] = ["failures": .integer(circuit)]
            if let open { members["openMs"] = .integer(Int(open.duration / .milliseconds(1))) }
            patch["circuit"] = circuit == 0 ? .null : .object(members)
        }
        let value = JSONValue.object(patch)
        let (result, tools) = try await common.withStore { [name, tool, none] in
            let result = try await $0.patchService(name, value)
            return (result, tool == nil || none ? [] : try await $0.listTools(service: name, includingHeld: true))
        }
        ServiceChangeOutput.show(result, json: common.json)
        // It may come with the next version of its server.
        if let tool, !tools.isEmpty, !tools.contains(where: { $0.name == tool }) {
            let next = "mcpstore tool list\(common.repeated) shows those it has, --tool \(tool.oneLine) --none takes this back"
            Console.shared.note("mcpstore: \(name) has no tool of the name '\(tool.oneLine)' now: \(next)")
        }
    }
}
