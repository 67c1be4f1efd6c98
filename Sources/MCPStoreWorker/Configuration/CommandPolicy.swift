/// Which programs a worker starts. Stored configuration is code execution, so the worker decides, not Redis (design
/// section 9, invariant I10).
package enum CommandPolicy: Sendable, Equatable {
    /// Any command: the default where Redis is on loopback, said loudly.
    case any
    /// Only these command lines: the command and, where given, exactly these arguments. The default otherwise.
    case listed([Entry])

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

    /// Why a command is refused; `nil` where it may run.
    package func refusal(command: String, arguments: [String], environment: [String] = []) -> String? {
        switch self {
        case .any: return nil
        case .listed(let entries):
            let isListed = entries.contains { $0.command == command && ($0.args == nil || $0.args == arguments) }
            if isListed {
                guard let name = environment.first(where: Self.changesTheProgram) else { return nil }
                return "this worker sets no '\(name)' for a command that its policy lists: it could make it run something else"
            }
            return "this worker may not start '\(command)': its policy lists the commands that it runs (--policy, --allow)"
        }
    }
}
