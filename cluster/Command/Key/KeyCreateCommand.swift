import ArgumentParser
import Foundation
import MCPStore
import MCPStoreQueue

extension AccessRole: ExpressibleByArgument {}

/// `mcpstore key create`.
struct KeyCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a key and print it, once.",
        discussion: """
            mcpstore key create ci --namespace a --tools 'get_*'      all dataspaces of the namespace a, tools that begin with get_
            mcpstore key create all --spaces '*:*' --role call --role manage
            mcpstore key create batch --namespace a --rate 100 --burst 500 --in-flight 20
            """
    )

    @Argument(help: "What people call it.")
    var name: String

    @Option(
        help: ArgumentHelp(
            "Spaces that it reaches, as a pattern such as 'tenant_*:*'; may be repeated. (default: those of --namespace, or of --namespace and --dataspace)",
            valueName: "pattern"
        ),
        transform: Self.pattern
    )
    var spaces: [SpacePattern] = []

    @Option(
        help: ArgumentHelp(
            "Tools that it sees, by the names that the gateway lists, with * for any; may be repeated. (default: all)",
            valueName: "pattern"
        )
    )
    var tools: [String] = []

    @Option(
        name: .customLong("role"),
        help: ArgumentHelp(
            "What it may do: call, submit, manage (services) or operate; may be repeated. (default: call)",
            valueName: "role"
        )
    )
    var roles: [AccessRole] = []

    @Option(help: ArgumentHelp("How long it is valid, such as 12h or 90d. (default: for ever)", valueName: "time"))
    var expires: String?

    @OptionGroup var limits: LimitArguments
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100).contains(name.utf8.count), !name.utf8.contains(where: { $0 < 32 }) else {
            throw ValidationError("the name of a key has from 1 to 100 bytes and no line breaks")
        }
        for tool in tools where !(1...200).contains(tool.utf8.count) {
            throw ValidationError("a pattern of tools has from 1 to 200 bytes")
        }
        if !spaces.isEmpty, common.namespace != nil || common.dataspace != nil {
            throw ValidationError("say --spaces, or --namespace and --dataspace")
        }
        _ = try lifetime()
    }

    func run() async throws {
        let (key, text) = AccessKey.make(
            name: name,
            spaces: try reached(),
            tools: (tools.isEmpty ? ["*"] : tools).map { NamePattern($0) },
            roles: roles.isEmpty ? [.call] : roles,
            lifetime: try lifetime(),
            limits: limits.limits,
            by: NSUserName()
        )
        try await common.withKeys { try await $0.add(key) }
        if common.json {
            guard case .object(var members) = KeyOutput.json(key) else { return }
            members["key"] = .string(text)
            return Console.shared.out(JSONValue.object(members).description)
        }
        Console.shared.out(text)
        Console.shared.note("This is the key '\(name)' (\(key.id)). It is shown this once; Redis holds a digest of it only.")
    }

    private static func pattern(_ text: String) throws -> SpacePattern {
        do { return try SpacePattern(text) } catch { throw ValidationError(error.message) }
    }

    private func reached() throws -> [SpacePattern] {
        if !spaces.isEmpty { return spaces }
        guard let namespace = common.namespace else {
            throw ValidationError(
                "say which spaces it reaches: --namespace NAME, or --spaces 'NAMESPACE:DATASPACE' with * for any"
            )
        }
        do { return [try SpacePattern("\(namespace):\(common.dataspace ?? "*")")] } catch { throw ValidationError(error.message) }
    }

    private func lifetime() throws -> Duration? {
        guard let expires else { return nil }
        if expires.hasSuffix("d"), let days = Int(expires.dropLast()), (1...3650).contains(days) {
            return .seconds(days * 86_400)
        }
        do { return try TimeSpan(expires).duration } catch {
            throw ValidationError("--expires needs a duration such as 30m, 12h or 90d, up to 3650d")
        }
    }
}
