import MCPStoreRedis

/// What can go wrong with a queue, a registry or a pool, other than an outcome.
package struct QueueError: Error, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String

        /// A name of a namespace, dataspace, service or cluster breaks the rule.
        package static let invalidName = Self(description: "invalidName")
        /// Refused: too many jobs are queued, or in flight from this process. Try again later.
        package static let busy = Self(description: "busy")
        /// Refused: unknown service, too large, not allowed.
        package static let rejected = Self(description: "rejected")
        /// Redis was not reachable, and the job is certainly not in it.
        package static let notAccepted = Self(description: "notAccepted")
        /// The job was, or may have been, accepted; what became of it cannot be known.
        package static let unknown = Self(description: "unknown")
        /// The run of an idempotency key may have been, and nothing is known of it: what became of it cannot be known.
        package static let lost = Self(description: "lost")
        /// Redis is away, and memory takes over a job that does no harm when it is run twice. For the fallback only.
        package static let abandoned = Self(description: "abandoned")
        /// A compare-and-set found another version.
        package static let conflict = Self(description: "conflict")
        /// There is no such dead letter.
        package static let noLetter = Self(description: "noLetter")
        /// Redis failed; the message says how.
        package static let redis = Self(description: "redis")
        /// The component was stopped.
        package static let stopped = Self(description: "stopped")
    }

    package let code: Code
    package let message: String
    /// With ``Code/busy``: in how many milliseconds it may be worth to try again; `nil` where nobody can tell.
    package var retryAfter: Int?

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package init(_ error: RedisError) {
        self.init(.redis, error.explained)
    }

    /// Another version is there than the one that was to be removed.
    static func conflict(overRemovalOf name: String) -> QueueError {
        QueueError(.conflict, "the service '\(name)' was changed by somebody else meanwhile: it was not removed")
    }

    /// A compare-and-set of a service's configuration found another version.
    static func conflict(over name: String, expected: Int, found: String) -> QueueError {
        guard expected != 0 else {
            return QueueError(.conflict, "there is a service '\(name)' already: remove it first, or update it")
        }
        return QueueError(
            .conflict,
            "the service '\(name)' was changed by somebody else meanwhile (version \(found), not \(expected)): read it again"
        )
    }

    package var description: String { message }
}
