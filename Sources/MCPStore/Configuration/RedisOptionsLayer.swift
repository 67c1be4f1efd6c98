/// What one source says about the Redis options: the command line, the environment or a file. What it does not say, the
/// next source says.
package struct RedisOptionsLayer: Sendable, Hashable {
    package var url: String?
    package var password: String?
    package var namespace: String?
    package var dataspace: String?
    package var socketTimeout: Duration?
    package var healthcheckInterval: Duration?
    package var cluster: String?
    package var embedded: Bool?
    package var fallback: Bool?
    package var maxQueued: Int?
    package var tls: RedisOptions.TLS?

    package init() {}

    /// What this layer says, and where it says nothing, what `lower` says.
    package func over(_ lower: RedisOptionsLayer) -> RedisOptionsLayer {
        var result = self
        result.url = url ?? lower.url
        result.password = password ?? lower.password
        result.namespace = namespace ?? lower.namespace
        result.dataspace = dataspace ?? lower.dataspace
        result.socketTimeout = socketTimeout ?? lower.socketTimeout
        result.healthcheckInterval = healthcheckInterval ?? lower.healthcheckInterval
        result.cluster = cluster ?? lower.cluster
        result.embedded = embedded ?? lower.embedded
        result.fallback = fallback ?? lower.fallback
        result.maxQueued = maxQueued ?? lower.maxQueued
        result.tls = tls ?? lower.tls
        return result
    }

    /// The options, with the defaults for what nobody said; `nil` where no layer gave a URL.
    package var options: RedisOptions? {
        guard let url else { return nil }
        var options = RedisOptions(url: url, password: password, tls: tls)
        options.namespace = namespace ?? options.namespace
        options.dataspace = dataspace ?? options.dataspace
        options.socketTimeout = socketTimeout ?? options.socketTimeout
        options.healthcheckInterval = healthcheckInterval ?? options.healthcheckInterval
        options.cluster = cluster ?? options.cluster
        options.embedded = embedded ?? options.embedded
        options.fallback = fallback ?? options.fallback
        options.maxQueued = maxQueued
        return options
    }
}
