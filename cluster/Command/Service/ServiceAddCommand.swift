import ArgumentParser
import Foundation
import MCPStore

/// `mcpstore service add`: adds services from the command line or from an `mcpServers` file.
struct ServiceAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add services, all or none.",
        usage: """
            mcpstore service add NAME --url URL [--header 'K: V']…
            mcpstore service add NAME [--env K=V]… -- COMMAND ARG…
            mcpstore service add --from FILE
            """,
        discussion: "Write secrets as references such as ${TOKEN}: workers resolve them from their own environment."
    )

    @Argument(help: "The service's name.")
    var name: String?

    @Option(help: "The address of a remote server.")
    var url: String?

    @Option(
        help: ArgumentHelp(
            "A file with mcpServers, or as another MCP program writes it; - reads standard input.",
            valueName: "file"
        )
    )
    var from: String?

    @Option(help: ArgumentHelp("A variable of the command's environment.", valueName: "K=V"))
    var env: [String] = []

    @Option(help: ArgumentHelp("A header of requests to the remote server.", valueName: "K: V"))
    var header: [String] = []

    @Option(help: ArgumentHelp("The directory in which the command is started.", valueName: "path"))
    var cwd: String?

    @Option(help: ArgumentHelp("http or sse. (default: http, with sse as a fallback)", valueName: "type"))
    var type: String?

    @Option(help: ArgumentHelp("How many workers host it at the same time. (default: 1)", valueName: "n"))
    var replicas: Int?

    @Option(help: ArgumentHelp("Calls that one worker has in flight to it. (default: 32)", valueName: "n"))
    var concurrency: Int?

    @Option(help: ArgumentHelp("A label that its workers must have.", valueName: "K=V"))
    var label: [String] = []

    @Option(
        help: ArgumentHelp("The deadline of calls that bring none of their own. (default: 60s)", valueName: "time"),
        transform: TimeSpan.init
    )
    var callTimeout: TimeSpan?

    @Option(help: ArgumentHelp("How long it may take to start. (default: 60s)", valueName: "time"), transform: TimeSpan.init)
    var startTimeout: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Whether calls may run again when their worker dies: annotations, always or never.",
            valueName: "policy"
        )
    )
    var retry: String?

    @Option(
        help: ArgumentHelp(
            "Who shares a session: shared (all, the default), perAgent, or perCall (each call gets a new server).",
            valueName: "isolation"
        )
    )
    var isolation: String?

    @Flag(help: "Replace a service of the same name that has another configuration.")
    var replace = false

    @Flag(help: "Wait until they answer calls, at most for --wait-timeout.")
    var wait = false

    @Option(help: ArgumentHelp("How long to wait. (default: 60s)", valueName: "time"), transform: TimeSpan.init)
    var waitTimeout: TimeSpan?

    @Argument(parsing: .postTerminator, help: "The program that is the server, and its arguments.")
    var command: [String] = []

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let (value, name) = try services()
        let limit = wait || waitTimeout != nil ? waitTimeout?.duration ?? .seconds(60) : nil
        let result = try await common.withStore { [replace, isQuiet = common.json] context in
            let result = try await context.addService(value, name: name, replacing: replace)
            // Said before the wait: it may end without success, and they are stored all the same.
            for warning in result.warnings { Console.shared.note("warning: \(warning)") }
            if !isQuiet { Self.show(result) }
            if let limit { try await Self.wait(context, result.names, limit, isQuiet: isQuiet) }
            return result
        }
        if common.json { return Console.shared.out(JSONOutput.added(result).description) }
        if limit == nil { Console.shared.out("next: mcpstore service wait \(result.names.first ?? "NAME")\(common.repeated)") }
    }

    private static func show(_ result: AddedServices) {
        for (names, verb) in [(result.added, "added"), (result.replaced, "replaced"), (result.unchanged, "unchanged")]
        where !names.isEmpty {
            Console.shared.out("\(verb): \(names.joined(separator: ", "))")
        }
    }

    /// All of them within one limit.
    private static func wait(
        _ context: StoreContext,
        _ names: [String],
        _ limit: Duration,
        isQuiet: Bool
    ) async throws {
        let end = ContinuousClock.now + limit
        var ready: [String] = []
        for name in names {
            if try await isDisabled(name, context) { continue }
            let progress = StartProgress(name, isQuiet: isQuiet)
            defer { progress.finish() }
            let left = max(end - ContinuousClock.now, .zero)
            try await context.waitService(name, timeout: left) { progress.show($0) }
            ready.append(name)
        }
        if !isQuiet, !ready.isEmpty { Console.shared.out("ready: \(ready.joined(separator: ", "))") }
    }

    private static func isDisabled(_ name: String, _ context: StoreContext) async throws -> Bool {
        try JSONValue(parsing: try await context.serviceInfo(name).configuration)["disabled"] == true
    }

    private func services() throws -> (JSONValue, name: String?) {
        if let from {
            guard url == nil, command.isEmpty, try entryOptions.isEmpty else {
                throw ValidationError(
                    "--from takes everything from the file: leave --url, the command and the options of a service out"
                )
            }
            return (try ServiceInput.read(file: from), name)
        }
        guard let name else { throw ValidationError("a service needs a NAME, or --from FILE") }
        guard url != nil || !command.isEmpty else {
            throw ValidationError("say what '\(name)' is: --url URL, or -- COMMAND ARG…")
        }
        var members = try entryOptions
        if let url { members["url"] = .string(url) }
        if let program = command.first {
            members["command"] = .string(program)
            members["args"] = .array(command.dropFirst().map { .string($0) })
        }
        return (["mcpServers": .object([name: .object(members)])], nil)
    }

    private var entryOptions: [String: JSONValue] {
        get throws {
            var members: [String: JSONValue] = [:]
            let pairs = [
                ("env", try Self.pairs(env, "=", "--env")), ("headers", try Self.pairs(header, ":", "--header")),
                ("labels", try Self.pairs(label, "=", "--label")),
            ]
            for (member, entries) in pairs where !entries.isEmpty { members[member] = .object(entries) }
            members["cwd"] = cwd.map { .string($0) }
            members["type"] = type.map { .string($0) }
            members["isolation"] = isolation.map { .string($0) }
            members["retry"] = retry.map { .string($0) }
            members["replicas"] = replicas.map { .integer($0) }
            members["concurrency"] = concurrency.map { .integer($0) }
            members["callTimeoutMs"] = callTimeout.map { .integer($0.milliseconds) }
            members["startTimeoutMs"] = startTimeout.map { .integer($0.milliseconds) }
            return members
        }
    }

    private static func pairs(_ texts: [String], _ separator: Character, _ option: String) throws -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        for text in texts {
            guard let cut = text.firstIndex(of: separator), cut > text.startIndex else {
                // The value may be a secret: only the option is named.
                throw ValidationError("\(option) needs a name, '\(separator)' and a value")
            }
            let name = text[..<cut].trimmingCharacters(in: .whitespaces)
            var value = String(text[text.index(after: cut)...])
            if separator == ":" { value = value.trimmingCharacters(in: .whitespaces) }
            guard result.updateValue(.string(value), forKey: name) == nil else {
                throw ValidationError("\(option) names '\(name)' twice")
            }
        }
        return result
    }
}
