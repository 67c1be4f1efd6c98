import Foundation
import Logging
import MCPStore

/// One line a log message on standard error: `warning: message key=value`, for long-running processes with the time before.
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
        var line = showsTime ? Date().formatted(.iso8601.time(includingFractionalSeconds: true)) + " " : ""
        line += "\(event.level): \(event.message)"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for key in all.keys.sorted() {
            if let value = all[key] { line += " \(key)=\(value)" }
        }
        Console.shared.log(line.oneLine)
    }
}
