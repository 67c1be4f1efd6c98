import MCPStoreQueue
import MCPStoreRedis

extension MCPStoreError {
    package init(_ error: QueueError) {
        let code: Code =
            switch error.code {
            case .invalidName: .invalidName
            case .busy: .busy
            case .rejected: .rejected
            case .notAccepted: .notAccepted
            case .conflict: .conflict
            case .redis: .redis
            case .stopped: .closed
            case .noLetter: .unknownDeadLetter
            default: .unknown
            }
        self.init(code, error.code == .redis ? "Redis: \(error.message)" : error.message)
        isForgotten = error.code == .lost
        retryAfter = error.retryAfter.map { .milliseconds($0) }
    }

    package init(_ error: RedisError) {
        switch error.code {
        case .badConfiguration: self.init(.badConfiguration, error.message)
        default: self.init(.redis, "Redis: \(error.explained)")
        }
    }
}

/// Runs `body` with the queue's errors as the store's.
func storeErrors<Value>(
    _ body: () async throws(QueueError) -> Value
) async throws(MCPStoreError) -> Value {
    do { return try await body() } catch { throw MCPStoreError(error) }
}
