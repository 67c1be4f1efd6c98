import Logging

/// Every metadata key that this module logs.
enum LogKey: String {
    case coordinator
    case duty
    case ended
    case error
    case gained
    case jobs
    case lane
    case leader
    case lost
    case moved
    case place
    case notOurs = "not_ours"
    case pool
    case service
    case services
    case space
    case token
    case worker
    case workers
}

extension Logger {
    /// Logs with the keys of ``LogKey`` only.
    func log(_ level: Logger.Level, _ message: Logger.Message, _ metadata: [LogKey: String]) {
        log(level: level, message, metadata: Dictionary(uniqueKeysWithValues: metadata.map { ($0.key.rawValue, "\($0.value)") }))
    }

    subscript(_ key: LogKey) -> String? {
        get { self[metadataKey: key.rawValue]?.description }
        set { self[metadataKey: key.rawValue] = newValue.map { "\($0)" } }
    }
}
