import MCPStoreQueue
import MCPStoreRedis

extension RedisOptions {
    /// The URL without what may be secret.
    var redactedURL: String {
        do { return try RedisConfiguration(url: url, password: password).description } catch { return "an invalid URL" }
    }

    /// How to reach the server.
    ///
    /// - Throws: ``MCPStoreError`` (`badConfiguration`).
    package func redisConfiguration() throws(MCPStoreError) -> RedisConfiguration {
        guard healthcheckInterval > .zero else {
            throw MCPStoreError(.badConfiguration, "healthcheck_interval must be longer than 0 seconds")
        }
        let options = TLSOptions(
            caFile: tls?.caFile,
            certificateFile: tls?.certificateFile,
            privateKeyFile: tls?.keyFile,
            serverName: tls?.serverName,
            skipsVerification: tls?.verify == false
        )
        do {
            let empty = password?.isEmpty == true
            return try RedisConfiguration(
                url: url,
                password: empty ? nil : password,
                socketTimeout: socketTimeout,
                clientName: "mcpstore",
                tls: options
            )
        } catch {
            throw MCPStoreError(error)
        }
    }

    /// The space that these options name; `auto` makes a new one.
    ///
    /// - Throws: ``MCPStoreError`` (`invalidName`).
    package func space() throws(MCPStoreError) -> Space {
        try Self.space(namespace: namespace, dataspace: dataspace)
    }

    static func space(namespace: String, dataspace: String) throws(MCPStoreError) -> Space {
        let name = dataspace == "auto" ? Space.makeAutoDataspace() : dataspace
        do { return try Space(namespace: namespace, dataspace: name) } catch { throw MCPStoreError(error) }
    }

    /// The pool of the cluster's processes.
    ///
    /// - Throws: ``MCPStoreError`` (`invalidName`).
    package func pool() throws(MCPStoreError) -> Pool {
        do { return try Pool(cluster: cluster) } catch { throw MCPStoreError(error) }
    }
}
