import Logging
import Synchronization

/// Keeps what is logged, for tests that look at it.
package final class LogRecorder: Sendable {
    /// One line: the message, then the metadata as `key=value` in the order of the keys.
    package struct Line: Sendable {
        package var level: Logger.Level
        package var text: String
    }

    private let box = Mutex<[Line]>([])

    package init() {}

    /// What was logged so far.
    package var lines: [Line] { box.withLock { $0 } }

    /// A logger whose lines are kept, at level `trace`.
    package var logger: Logger {
        var logger = Logger(label: "test", factory: { _ in Handler(recorder: self) })
        logger.logLevel = .trace
        return logger
    }

    /// Whether a line holds a text.
    package func contains(_ text: String) -> Bool { lines.contains { $0.text.contains(text) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            let text = "\(event.message) \(all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))"
            recorder.box.withLock { $0.append(Line(level: event.level, text: text)) }
        }
    }
}
