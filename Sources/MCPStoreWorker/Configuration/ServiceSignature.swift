import Crypto
import Foundation
import MCPStoreQueue

/// An operator's word that workers may start what a configuration describes: its member `signature`.
///
/// It covers what decides which program runs and how: command, arguments, environment and directory, as they are written down, before
/// references are put in, and the spaces for which it is given. Everything else may be changed without a new signature.
package struct ServiceSignature: Codable, Sendable, Equatable {
    /// Which key: ``SigningKeys/id(of:)``.
    package var key: String
    /// The pattern of spaces in which it counts.
    package var spaces: String
    /// Ed25519, base64.
    package var value: String

    /// Signs a configuration.
    ///
    /// - Parameter spaces: Where it may run.
    package init(_ configuration: ServiceConfiguration, spaces: SpacePattern, key: Curve25519.Signing.PrivateKey) throws {
        self.key = SigningKeys.id(of: key.publicKey)
        self.spaces = spaces.description
        value = try key.signature(for: Self.message(configuration, spaces: self.spaces)).base64EncodedString()
    }

    /// Whether the key signed this for this configuration.
    func isValid(for configuration: ServiceConfiguration, key: Curve25519.Signing.PublicKey) -> Bool {
        guard let signature = Data(base64Encoded: value) else { return false }
        return key.isValidSignature(signature, for: Self.message(configuration, spaces: spaces))
    }

    /// What is signed. Each text stands behind its length, so that no two configurations have one message.
    private static func message(_ configuration: ServiceConfiguration, spaces: String) -> Data {
        var message = Data("mcpstore service signature 1\n".utf8)
        func add(_ text: String?) {
            guard let text else { return message.append(contentsOf: "-\n".utf8) }
            message.append(contentsOf: "\(text.utf8.count):\(text)\n".utf8)
        }
        let arguments = configuration.args ?? []
        let environment = (configuration.env ?? [:]).sorted { $0.key < $1.key }
        add(spaces)
        add(configuration.command)
        add("\(arguments.count)")
        arguments.forEach(add)
        add("\(environment.count)")
        for (name, text) in environment {
            add(name)
            add(text)
        }
        add(configuration.cwd)
        return message
    }
}
