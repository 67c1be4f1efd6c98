/// What the run cost Redis.
package struct RedisFigures: Codable, Sendable, Equatable {
    package var version: String?
    /// CPU time of the server per answered call.
    package var cpuMicrosecondsPerCall: Double?
    package var commandsPerCall: Double?
    package var commands: [CommandFigures]?
    package var bytesPerQueuedJob: Double?

    package init(
        version: String? = nil,
        cpuMicrosecondsPerCall: Double? = nil,
        commandsPerCall: Double? = nil,
        commands: [CommandFigures]? = nil,
        bytesPerQueuedJob: Double? = nil
    ) {
        self.version = version
        self.cpuMicrosecondsPerCall = cpuMicrosecondsPerCall
        self.commandsPerCall = commandsPerCall
        self.commands = commands
        self.bytesPerQueuedJob = bytesPerQueuedJob
    }
}
