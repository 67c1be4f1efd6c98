import MCPStore
import MCPStoreQueue

/// How a tenant is shown.
enum TenantOutput {
    static func json(_ namespace: String, _ settings: TenantSettings) -> JSONValue {
        [
            "namespace": .string(namespace), "weight": .number(settings.share),
            "max_queued": settings.maxQueued.map { .integer($0) } ?? .null,
            "max_running": settings.maxRunning.map { .integer($0) } ?? .null,
            "rate": settings.rate.map { .number($0) } ?? .null,
            "burst": settings.rate.map { _ in .integer(settings.limit.capacity) } ?? .null,
            "updated": settings.updated.map { .string($0) } ?? .null, "by": settings.by.map { .string($0) } ?? .null,
        ]
    }

    static func text(_ namespace: String, _ settings: TenantSettings) -> String {
        let rows = [
            ("tenant", namespace), ("weight", number(settings.share)), ("queued", most(settings.maxQueued)),
            ("running", most(settings.maxRunning)),
            ("rate", settings.rate.map { "\(number($0))/s, burst \(settings.limit.capacity)" } ?? "not limited"),
            (
                "written",
                settings.updated.map { "\($0) by \((settings.by ?? "?").oneLine)" }
                    ?? "never: as every tenant of which nothing is said"
            ),
        ]
        return rows.map { $0.0 + String(repeating: " ", count: 9 - $0.0.count) + $0.1 }.joined(separator: "\n")
    }

    static func most(_ limit: Int?) -> String { limit.map { "at most \($0)" } ?? "not limited" }

    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
