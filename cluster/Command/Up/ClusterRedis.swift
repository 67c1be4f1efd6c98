import MCPStore

/// The Redis of `mcpstore up`, and what its store and all its processes know of it: the same.
struct ClusterRedis: Sendable, Equatable {
    /// Where a Redis is given, it may hold a password: never printed.
    let url: String
    /// The password of a given Redis, where its URL does not hold it.
    let password: String?
    let cluster: String
    /// Whether it was started here and ends with the cluster.
    let isPrivate: Bool

    /// The Redis that the command line or else the environment gives; `nil` where neither does.
    static func given(_ option: String?, environment: [String: String]) -> ClusterRedis? {
        guard let url = option ?? text("MCPSTORE_REDIS_URL", environment) else { return nil }
        return ClusterRedis(
            url: url,
            password: text("MCPSTORE_REDIS_PASSWORD", environment),
            cluster: text("MCPSTORE_CLUSTER", environment) ?? "default",
            isPrivate: false
        )
    }

    /// A Redis of our own, without a password.
    static func started(port: Int, environment: [String: String]) -> ClusterRedis {
        ClusterRedis(
            url: "redis://127.0.0.1:\(port)",
            password: nil,
            cluster: text("MCPSTORE_CLUSTER", environment) ?? "default",
            isPrivate: true
        )
    }

    /// What may be printed.
    var shownURL: String { isPrivate ? url : "URL" }

    /// The options of the store.
    var options: RedisOptions {
        RedisOptions(url: url, password: password, namespace: "default", dataspace: "default", cluster: cluster, embedded: false)
    }

    /// What the processes get instead of what this one inherited; what is `nil` is taken out.
    var environment: [String: String?] {
        [
            "MCPSTORE_REDIS_URL": url, "MCPSTORE_REDIS_PASSWORD": password, "MCPSTORE_CLUSTER": cluster,
            "MCPSTORE_NAMESPACE": "default", "MCPSTORE_DATASPACE": "default",
        ]
    }

    /// Empty variables say nothing.
    private static func text(_ name: String, _ environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
