import MCPStoreQueue
import Testing

/// Something did not happen in time.
struct NotInTime: Error, CustomStringConvertible {
    var description: String
}

/// Waits until a condition holds; fails after a generous deadline.
func eventually(
    _ what: String,
    within seconds: Int = 20,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ServerClock.boot() + seconds * 1_000_000
    while try await !condition() {
        guard ServerClock.boot() < deadline else { throw NotInTime(description: "not within \(seconds) s: \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}
