extension RedisOptionsLayer {
    /// Reads `MCPSTORE_REDIS_URL`, `MCPSTORE_REDIS_PASSWORD`, `MCPSTORE_NAMESPACE`, `MCPSTORE_DATASPACE`,
    /// `MCPSTORE_SOCKET_TIMEOUT` and `MCPSTORE_HEALTHCHECK_INTERVAL` (seconds), `MCPSTORE_CLUSTER`,
    /// `MCPSTORE_MAX_QUEUED`, `MCPSTORE_EMBEDDED` and `MCPSTORE_FALLBACK` (`true`, `1`, `false` or `0`). Empty variables say nothing.
    ///
    /// - Throws: ``MCPStoreError`` (`badConfiguration`) that names the variable.
    package init(environment: [String: String]) throws(MCPStoreError) {
        self.init()
        func text(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func seconds(_ name: String) throws(MCPStoreError) -> Duration? {
            guard let text = text(name) else { return nil }
            guard let number = Double(text), let duration = Self.duration(seconds: number) else {
                throw MCPStoreError(
                    .badConfiguration,
                    "the environment variable \(name) must be a number of seconds above 0, not '\(text.prefix(40))'"
                )
            }
            return duration
        }
        func flag(_ name: String) throws(MCPStoreError) -> Bool? {
            switch text(name)?.lowercased() {
            case nil: return nil
            case "true", "1": return true
            case "false", "0": return false
            case let text?:
                throw MCPStoreError(
                    .badConfiguration,
                    "the environment variable \(name) must be true or false, not '\(text.prefix(40))'"
                )
            }
        }
        url = text("MCPSTORE_REDIS_URL")
        password = text("MCPSTORE_REDIS_PASSWORD")
        namespace = text("MCPSTORE_NAMESPACE")
        dataspace = text("MCPSTORE_DATASPACE")
        socketTimeout = try seconds("MCPSTORE_SOCKET_TIMEOUT")
        healthcheckInterval = try seconds("MCPSTORE_HEALTHCHECK_INTERVAL")
        cluster = text("MCPSTORE_CLUSTER")
        embedded = try flag("MCPSTORE_EMBEDDED")
        fallback = try flag("MCPSTORE_FALLBACK")
        if let text = text("MCPSTORE_MAX_QUEUED") {
            guard let number = Int(text), number > 0 else {
                throw MCPStoreError(
                    .badConfiguration,
                    "the environment variable MCPSTORE_MAX_QUEUED must be a whole number above 0, not '\(text.prefix(40))'"
                )
            }
            maxQueued = number
        }
    }

    /// A duration that makes sense as a timeout: above 0 and at most a day. `nil` for everything else.
    static func duration(seconds: Double) -> Duration? {
        seconds > 0 && seconds <= 86_400 ? .seconds(seconds) : nil
    }
}
