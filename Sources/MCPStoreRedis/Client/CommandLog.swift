import Logging
import NIOCore

/// One debug line per command: its name (a script by the script's), first key, sizes and duration; never values, and never
/// the words of commands that may hold secrets. Exists only where the level is on, so that nothing is computed otherwise.
struct CommandLog {
    private let logger: Logger

    init?(_ logger: Logger) {
        guard logger.logLevel <= .debug else { return nil }
        self.logger = logger
    }

    func log(_ command: InFlightCommand, _ result: Result<RESPReply, RedisError>, now: NIODeadline) {
        var metadata: Logger.Metadata = [
            "redis_command": "\(command.name)",
            "redis_words": "\(command.wordCount)",
            "redis_bytes_sent": "\(command.bytesSent)",
            "redis_duration": "\((now - command.start).text)",
        ]
        var message = "Redis \(command.name)"
        if let shown = command.shown?.description {
            if let script = shown.scriptName {
                metadata["redis_script"] = "\(script)"
                message += " \(script)"
            }
            if let key = shown.firstKey { metadata["redis_key"] = "\(key)" }
            if shown.keyCount > 0 { metadata["redis_keys"] = "\(shown.keyCount)" }
            if shown.blocks {
                metadata["redis_blocking"] = "true"
                message += " (waited for something to come)"
            }
        }
        switch result {
        case .success(let reply): metadata["redis_bytes_received"] = "\(reply.wireSize)"
        case .failure(let error): metadata["redis_error"] = "\(error.serverCode ?? error.code.description)"
        }
        self.logger.debug("\(message)", metadata: metadata)
    }
}

extension TimeAmount {
    /// Seconds, milliseconds or microseconds, for messages.
    var text: String {
        if self.nanoseconds >= 1_000_000_000, self.nanoseconds % 1_000_000_000 == 0 {
            return "\(self.nanoseconds / 1_000_000_000) s"
        }
        if self.nanoseconds >= 10_000_000 { return "\(self.nanoseconds / 1_000_000) ms" }
        return "\(self.nanoseconds / 1000) µs"
    }
}
