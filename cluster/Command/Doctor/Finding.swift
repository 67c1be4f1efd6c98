import MCPStore

/// What one check of `mcpstore doctor` found.
struct Finding: Sendable, Equatable {
    enum Level: String, Sendable {
        case ok
        case warn
        case fail = "FAIL"
    }

    /// A short name of the check, the same in every run: `eviction`, `leader`, …
    var check: String
    var level: Level
    /// What was found: one line.
    var message: String
    /// What to do about it; `nil` where nothing is to be done.
    var advice: String?

    static func ok(_ check: String, _ message: String) -> Finding {
        Finding(check: check, level: .ok, message: message, advice: nil)
    }

    static func warn(_ check: String, _ message: String, _ advice: String?) -> Finding {
        Finding(check: check, level: .warn, message: message, advice: advice)
    }

    static func fail(_ check: String, _ message: String, _ advice: String?) -> Finding {
        Finding(check: check, level: .fail, message: message, advice: advice)
    }

    /// `warn  eviction     maxmemory-policy is allkeys-lru → set it to noeviction`
    var line: String {
        let level = level.rawValue.padding(to: 5)
        let text = "\(level) \(check.padding(to: 12)) \(message.oneLine)"
        return advice.map { "\(text) → \($0.oneLine)" } ?? text
    }

    var json: JSONValue {
        [
            "check": .string(check), "level": .string(level.rawValue), "message": .string(message),
            "advice": advice.map { .string($0) } ?? .null,
        ]
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(width - count, 0))
    }
}
