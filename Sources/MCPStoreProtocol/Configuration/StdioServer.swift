/// An MCP server that is started as a child process.
package struct StdioServer: Sendable, Equatable {
    /// The program: a path, or a name to be found in the `PATH` that the child gets. No shell is involved.
    package var command: String
    /// The arguments after the program's name.
    package var arguments: [String]
    /// What is added to the base environment (`HOME`, `LOGNAME`, `PATH`, `SHELL`, `TERM`, `USER`); wins over it.
    package var environment: [String: String]
    /// Where the child starts; `nil` means the working directory of this process.
    package var workingDirectory: String?
    /// Values that are never shown: every occurrence in a line of standard error is replaced before it is kept or reported.
    package var secrets: [String]

    package init(
        command: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        workingDirectory: String? = nil,
        secrets: [String] = []
    ) {
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.secrets = secrets
    }
}
