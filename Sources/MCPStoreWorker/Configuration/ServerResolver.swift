import MCPStoreProtocol
import MCPStoreQueue

/// Makes of a stored configuration what a session is opened with: references resolved, the command policy applied.
package struct ServerResolver: Sendable {
    /// Why a service cannot be started with its configuration; one line that a person can act on.
    package struct Refusal: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    private let variables: VariableResolver
    private let policy: CommandPolicy

    package init(variables: VariableResolver, policy: CommandPolicy) {
        self.variables = variables
        self.policy = policy
    }

    /// - Parameter space: Where the service is.
    package func resolve(_ configuration: ServiceConfiguration, in space: Space) throws(Refusal) -> ServerConfiguration {
        do {
            let timeout = Duration.milliseconds(
                (configuration.startTimeoutMs ?? ServiceConfiguration.defaultStartTimeout)
                    .clamped(to: ServiceConfiguration.allowedStartTimeouts)
            )
            if configuration.command != nil {
                return ServerConfiguration(transport: .stdio(try stdio(configuration, space)), startTimeout: timeout)
            }
            if configuration.url != nil {
                return ServerConfiguration(transport: .http(try http(configuration)), startTimeout: timeout)
            }
        } catch {
            throw Refusal(description: "\(error)")
        }
        throw Refusal(description: "the configuration has neither a command nor a URL")
    }

    private func stdio(_ configuration: ServiceConfiguration, _ space: Space) throws -> StdioServer {
        var secrets: Set<String> = []
        let command = try variables.resolve(configuration.command ?? "", place: "command", secrets: &secrets)
        let arguments = try (configuration.args ?? []).enumerated().map { index, argument in
            try variables.resolve(argument, place: "argument \(index + 1)", secrets: &secrets)
        }
        if let refusal = policy.refusal(configuration, in: space) { throw Refusal(description: refusal) }
        var environment: [String: String] = [:]
        for (name, value) in configuration.env ?? [:] {
            environment[name] = try variables.resolve(value, place: "env.\(name)", secrets: &secrets)
        }
        let directory = try configuration.cwd.map { try variables.resolve($0, place: "cwd", secrets: &secrets) }
        return StdioServer(
            command: command,
            arguments: arguments,
            environment: environment,
            workingDirectory: directory,
            secrets: Array(secrets)
        )
    }

    private func http(_ configuration: ServiceConfiguration) throws -> HTTPServer {
        var secrets: Set<String> = []
        let url = try variables.resolve(configuration.url ?? "", place: "url", secrets: &secrets)
        let headers = try (configuration.headers ?? [:]).sorted { $0.key < $1.key }.map { name, value in
            HTTPHeader(name: name, value: try variables.resolve(value, place: "headers.\(name)", secrets: &secrets))
        }
        let kind: HTTPServer.Kind =
            switch configuration.type {
            case "sse": .sse
            case "http": .streamable
            default: .automatic
            }
        return HTTPServer(url: url, headers: headers, kind: kind)
    }
}
