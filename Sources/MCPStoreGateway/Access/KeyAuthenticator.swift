import Foundation
import MCPStoreQueue
import NIOConcurrencyHelpers

/// Knows API keys. A key is looked up in Redis once every five seconds, so that one that was taken back is refused within that time.
package final class KeyAuthenticator: Authenticator {
    /// Looks up a key by its id.
    package typealias Lookup = @Sendable (_ id: String) async throws(QueueError) -> AccessKey?

    private struct Entry {
        var key: AccessKey?
        var principal: Principal?
        var looked: ContinuousClock.Instant
    }

    /// How long what was looked up is believed.
    static let fresh = Duration.seconds(5)
    /// How long a known key is believed while Redis cannot be asked.
    static let stale = Duration.seconds(300)
    /// Keys that are remembered; then all are forgotten and looked up anew.
    static let most = 10_000

    private let lookup: Lookup
    private let entries = NIOLockedValueBox<[String: Entry]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter now: The clock.
    package init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, lookup: @escaping Lookup) {
        self.lookup = lookup
        self.now = now
    }

    package func principal(for token: String) async throws(Problem) -> Principal? {
        guard let (id, secret) = AccessKey.parts(of: token) else { return nil }
        let entry = try await entry(id)
        guard let key = entry.key, key.matches(secret: secret) else { return nil }
        if let expires = key.expires, Date().timeIntervalSince1970 * 1000 >= Double(expires) { return nil }
        return entry.principal
    }

    private func entry(_ id: String) async throws(Problem) -> Entry {
        let known = entries.withLockedValue { $0[id] }
        if let known, now() - known.looked < Self.fresh { return known }
        let key: AccessKey?
        do throws(QueueError) { key = try await lookup(id) } catch {
            if let known, known.key != nil, now() - known.looked < Self.stale { return known }
            throw Problem(503, "redis", "keys cannot be checked now: \(error.message)", retryAfter: 1)
        }
        let entry = Entry(key: key, principal: key.flatMap(Self.principal), looked: now())
        entries.withLockedValue { entries in
            if entries.count >= Self.most, entries[id] == nil { entries.removeAll() }
            entries[id] = entry
        }
        return entry
    }

    /// A pattern that cannot be read reaches nothing.
    private static func principal(of key: AccessKey) -> Principal? {
        let spaces = key.spaces.compactMap { text -> SpacePattern? in
            do { return try SpacePattern(text) } catch { return nil }
        }
        return Principal(
            name: key.name,
            id: key.id,
            spaces: spaces,
            tools: key.tools.contains("*") ? nil : key.tools.map { NamePattern($0) },
            roles: Set(key.roles),
            limits: key.limits
        )
    }
}
