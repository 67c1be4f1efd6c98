import MCPStoreRedis

/// What all gateways of a cluster together have given a principal (`{pool}:limit:{id}`): the fill of its bucket of requests, and how
/// many of its places each gateway holds. Gateways lease both in small portions, so that few requests wait for Redis.
package struct RedisAccessLimits: Sendable {
    /// What a gateway asks for a principal.
    package struct Request: Sendable, Equatable {
        /// Which principal.
        package var principal: String
        /// Who asks: a name that no other process has, nor another part of this one.
        package var holder: String
        package var limits: AccessLimits
        /// Requests that the gateway wants to let pass.
        package var tokens = 0
        /// Requests of an earlier grant that it did not let pass.
        package var unused = 0
        /// Places that it wants to hold from now on, instead of those it held.
        package var places = 0
        /// Of these the ones that are taken by requests: they cannot be refused any more.
        package var taken = 0

        package init(principal: String, holder: String, limits: AccessLimits) {
            self.principal = principal
            self.holder = holder
            self.limits = limits
        }
    }

    /// What it gets.
    package struct Grant: Sendable, Equatable {
        package var tokens: Int
        /// Milliseconds until there is one more token; 0 where there are more.
        package var nextToken: Int
        package var places: Int

        package init(tokens: Int, nextToken: Int, places: Int) {
            self.tokens = tokens
            self.nextToken = nextToken
            self.places = places
        }
    }

    /// For how long a gateway that is not heard of keeps its places, in milliseconds by Redis' clock.
    package static let lease = 10_000

    private let pool: Pool
    private let client: RedisClient
    private let lease: Int

    package init(_ pool: Pool, client: RedisClient, lease: Int = Self.lease) {
        self.pool = pool
        self.client = client
        self.lease = lease
    }

    /// - Throws: ``QueueError`` (`redis`).
    package func ask(_ request: Request) async throws(QueueError) -> Grant {
        let arguments: [RedisArgument] = [
            .string(request.holder), .string("\(request.limits.rate ?? 0)"), .int(request.limits.effectiveBurst ?? 0),
            .int(request.limits.inFlight ?? 0), .int(request.tokens), .int(request.unused), .int(request.places),
            .int(request.taken), .int(lease),
        ]
        let reply: RESPReply
        do {
            reply = try await client.evaluate(Scripts.limit, keys: [pool.limit(request.principal)], arguments: arguments)
        } catch {
            throw QueueError(error)
        }
        guard let numbers = reply.array?.compactMap(\.integer), numbers.count == 3 else {
            throw QueueError(.redis, "the script of limits answered with something else than three numbers")
        }
        return Grant(tokens: numbers[0], nextToken: numbers[1], places: numbers[2])
    }
}
