import ArgumentParser
import Crypto
import Foundation
import MCPStore
import MCPStoreQueue
import MCPStoreWorker
import NIOCore

/// `mcpstore service sign`: an operator's word for the commands of services.
struct ServiceSignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign what services start, for workers with --policy signed.",
        discussion: """
            openssl genpkey -algorithm ed25519 -out operator.pem
            openssl pkey -in operator.pem -pubout -out operator.pub        for mcpstore worker --policy signed --trust operator.pub
            mcpstore service sign services.json --key operator.pem | mcpstore service add --from -

            Reads and writes mcpServers; nothing goes to Redis. The signature covers command, arguments, environment and directory, and
            the spaces in which it counts.
            """
    )

    @Argument(help: "A file with mcpServers, or as another MCP program writes it; - reads standard input.")
    var file: String

    @Option(help: ArgumentHelp("The operator's private key, a PEM file.", valueName: "file"))
    var key: String

    @Option(help: ArgumentHelp("Where it may run, such as 'tenant_a:*'. (default: *:*)", valueName: "pattern"))
    var spaces: String?

    func run() async throws {
        let pattern: SpacePattern
        do { pattern = try spaces.map { try SpacePattern($0) } ?? .all } catch { throw ValidationError("\(error)") }
        let text = String(decoding: try ConfigurationFile.read(key, what: "the private key"), as: UTF8.self)
        let privateKey: Curve25519.Signing.PrivateKey
        do { privateKey = try SigningKeys.privateKey(pem: text) } catch {
            throw CommandFailure(status: .usage, message: "\(key): \(error)")
        }
        let parsed = try MCPServersParser(placement: nil).parse(try ServiceInput.read(file: file))
        for warning in parsed.warnings { Console.shared.note("warning: \(warning)") }
        var entries: [String: JSONValue] = [:]
        for (name, document) in parsed.services {
            let bytes = Data(document.readableBytesView)
            guard case .object(var members) = try JSONValue(parsing: bytes) else { continue }
            guard members["command"] != nil else {
                Console.shared.note("'\(name)' starts no command: there is nothing to sign")
                entries[name] = .object(members)
                continue
            }
            let configuration = try JSONDecoder().decode(ServiceConfiguration.self, from: bytes)
            let signature = try ServiceSignature(configuration, spaces: pattern, key: privateKey)
            members["signature"] = [
                "key": .string(signature.key), "spaces": .string(signature.spaces), "value": .string(signature.value),
            ]
            entries[name] = .object(members)
        }
        Console.shared.out(JSONValue.object(["mcpServers": .object(entries)]).description)
    }
}
