import Logging
import MCPStore
import MCPStoreQueue

/// One line a log message on standard error: `warning: message key=value`, for long-running processes
/// `2026-11-22T10:00:00.123Z warning message key=value`.
struct ConsoleLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let showsTime: Bool

    init(level: Logger.Level, showsTime: Bool) {
        logLevel = level
        self.showsTime = showsTime
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // Long-running processes: time, level and message in columns, for whoever reads logs by program.
        var line = showsTime ? "\(ISO8601.now()) \(event.level) \(event.message)" : "\(event.level): \(event.message)"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for key in all.keys.sorted() {
            if let value = all[key] { line += " \(key)=\(value)" }
        }
        Console.shared.log(line.oneLine)
    }
}
