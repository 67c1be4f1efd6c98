import Foundation
import Logging

/// Where the keys of an issuer come from, with what is known of them. They are read again from time to time, and when a token names
/// one that is not known; however many tokens come, they are not read more often than once every ``Pace/again``.
package actor TokenKeySource {
    /// Reads the set as it is now.
    package typealias Fetch = @Sendable () async throws -> Data

    /// How often keys are read.
    package struct Pace: Sendable {
        /// For how long what was read is used without reading again.
        var fresh: Duration
        /// The shortest time between two readings, also where keys are missing or the reading failed.
        var again: Duration
        /// For how long what was read is used while reading fails.
        var stale = Duration.seconds(24 * 3600)

        package init(fresh: Duration, again: Duration) {
            self.fresh = fresh
            self.again = again
        }

        /// For a URL.
        package static let remote = Pace(fresh: .seconds(300), again: .seconds(10))
        /// For a file.
        package static let local = Pace(fresh: .seconds(5), again: .seconds(1))
    }

    private let place: String
    private let pace: Pace
    private let fetch: Fetch?
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private var set: (keys: TokenKeySet, read: ContinuousClock.Instant)?
    private var tried: ContinuousClock.Instant?
    private var reading: Task<Void, Never>?
    private var lastProblem: String?

    /// - Parameter place: For messages: a path or a URL.
    package init(
        _ place: String,
        pace: Pace,
        logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        fetch: @escaping Fetch
    ) {
        self.place = place
        self.pace = pace
        self.fetch = fetch
        self.logger = logger
        self.now = now
    }

    /// Keys that stay as they are.
    package init(fixed keys: TokenKeySet) {
        place = ""
        pace = .local
        fetch = nil
        logger = Logger(label: "mcpstore.keys") { _ in SwiftLogNoOpLogHandler() }
        now = { .now }
        set = (keys, .now)
    }

    /// The keys that may have signed a token. Empty where none may.
    ///
    /// - Throws: ``Problem`` 503 where that cannot be known now.
    func keys(for algorithm: TokenAlgorithm, id: String?) async throws(Problem) -> [TokenKey] {
        guard fetch != nil else { return set?.keys.keys(for: algorithm, id: id) ?? [] }
        let age = set.map { now() - $0.read }
        if let set, let age, age < pace.stale {
            let known = set.keys.keys(for: algorithm, id: id)
            if !known.isEmpty {
                // What is known is used while it is read again: only who brings a new key waits.
                if age >= pace.fresh { begin() }
                return known
            }
        }
        await read()
        guard let set, now() - set.read < pace.stale else {
            throw Problem(503, "keys", "the keys that tokens are checked with cannot be had now: try again", retryAfter: 5)
        }
        return set.keys.keys(for: algorithm, id: id)
    }

    /// Reads the keys, or waits for whoever does.
    ///
    /// - Returns: Why it failed; `nil` where it did not.
    @discardableResult
    package func read() async -> String? {
        begin()
        await reading?.value
        return lastProblem
    }

    private func begin() {
        guard reading == nil, tried.map({ now() - $0 >= pace.again }) ?? true else { return }
        tried = now()
        reading = Task { await self.readNow() }
    }

    private func readNow() async {
        do {
            guard let fetch else { return }
            let keys = try TokenKeySet(jwks: try await fetch())
            set = (keys, now())
            if lastProblem != nil { logger.info("the keys of tokens can be read again", metadata: ["place": "\(place)"]) }
            lastProblem = nil
        } catch {
            // Once for each problem: tokens may come by the thousand.
            let problem = "\(error)"
            if problem != lastProblem {
                logger.warning(
                    "the keys of tokens cannot be read, what is known of them is used meanwhile",
                    metadata: ["place": "\(place)", "error": "\(problem)"]
                )
            }
            lastProblem = problem
        }
        reading = nil
    }
}
