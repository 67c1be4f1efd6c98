import MCPStoreQueue

/// Which programs a worker starts. Stored configuration is code execution, so the worker decides, not Redis (design
/// section 9, invariant I10).
package enum CommandPolicy: Sendable, Equatable {
    /// Any command: the default where Redis is on loopback, said loudly.
    case any
    /// Only these command lines: the command and, where given, exactly these arguments. The default otherwise.
    case listed([Entry])
    /// Only configurations that bear the signature of one of these keys (``ServiceSignature``).
    case signed(SigningKeys)

    package struct Entry: Codable, Sendable, Equatable {
        package var command: String
        /// `nil`: with any arguments.
        package var args: [String]?

        package init(command: String, args: [String]? = nil) {
            self.command = command
            self.args = args
        }
    }

    /// Variables that decide what code a listed program runs.
    static func changesTheProgram(_ variable: String) -> Bool {
        let names: Set<String> = [
            "PATH", "NODE_OPTIONS", "BASH_ENV", "ENV", "HOME", "PERL5LIB", "PERL5OPT", "RUBYLIB", "RUBYOPT",
        ]
        return names.contains(variable)
            || ["LD_", "DYLD_", "PYTHON", "NPM_CONFIG_", "npm_config_", "UV_", "PIP_"].contains { variable.hasPrefix($0) }
    }

    /// Why the command of a configuration is refused; `nil` where it may run. It speaks of what is written down, before references are
    /// put in.
    ///
    /// - Parameter space: Where the service is.
    package func refusal(_ configuration: ServiceConfiguration, in space: Space) -> String? {
        let command = configuration.command ?? ""
        switch self {
        case .any: return nil
        case .listed(let entries):
            let isListed = entries.contains { entry in
                entry.command == command && (entry.args == nil || entry.args == configuration.args ?? [])
            }
            if isListed {
                let variables = (configuration.env ?? [:]).keys.sorted()
                guard let name = variables.first(where: Self.changesTheProgram) else { return nil }
                return "this worker sets no '\(name)' for a command that its policy lists: it could make it run something else"
            }
            return "this worker may not start '\(command)': its policy lists the commands that it runs (--policy, --allow)"
        case .signed(let keys):
            let how = "mcpstore service sign signs what this worker may start (--policy signed, --trust)"
            guard let signature = configuration.signature else {
                return "this worker may not start '\(command)': its configuration bears no signature; \(how)"
            }
            guard let key = keys[signature.key] else {
                let id = signature.key.prefix(40)
                return "this worker may not start '\(command)': it does not trust the key '\(id)' that signed it; \(how)"
            }
            guard signature.isValid(for: configuration, key: key) else {
                return "this worker may not start '\(command)': it was changed after it was signed; \(how)"
            }
            do {
                if try SpacePattern(signature.spaces).matches(space) { return nil }
            } catch {
                return "this worker may not start '\(command)': its signature names no spaces; \(how)"
            }
            return "this worker may not start '\(command)' in \(space): it was signed for \(signature.spaces); \(how)"
        }
    }
}
