import MCPStoreRedis

/// A master, its replicas and the Sentinels that watch them: real processes on free ports of the loopback interface.
///
///     try await withSentinels { setup in
///         let configuration = try RedisConfiguration(url: setup.url)
///         try await setup.master().kill()
///         …
///     }
///
/// Nothing of it outlives the test process.
package final class SentinelSetup: Sendable {
    /// How it is set up.
    package struct Options: Sendable {
        package var replicas = 2
        package var sentinels = 3
        /// `down-after-milliseconds`: after so long a silence the master counts as gone.
        package var downAfter = 500
        /// The password of the Redis servers.
        package var password: String?
        /// The password of the Sentinels.
        package var sentinelPassword: String?
        /// More arguments of each `redis-server` with data.
        package var arguments: [String] = []

        package init() {}
    }

    /// The name under which the Sentinels know the master.
    package static let masterName = "main"

    /// The servers with data; the first one was the master at the start.
    package let servers: [RedisServer]
    package let sentinels: [SentinelProcess]
    package let options: Options

    private init(servers: [RedisServer], sentinels: [SentinelProcess], options: Options) {
        self.servers = servers
        self.sentinels = sentinels
        self.options = options
    }

    /// Where clients find the master.
    package var url: String { self.url(query: "") }

    /// The same with options, such as `?wait_replicas=1`.
    package func url(query: String) -> String {
        let login = self.options.password.map { ":\($0)@" } ?? ""
        var options = query
        if let password = self.options.sentinelPassword {
            options += (query.isEmpty ? "?" : "&") + "sentinel_password=\(password)"
        }
        let addresses = self.sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        return "redis+sentinel://\(login)\(addresses)/\(Self.masterName)\(options)"
    }

    fileprivate static func start(_ options: Options) async throws -> SentinelSetup {
        var redis = RedisServer.Options()
        redis.password = options.password
        // A replica is there at once, and one that is lost is noticed soon.
        redis.arguments = ["--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"]
        if let password = options.password { redis.arguments += ["--masterauth", password] }
        redis.arguments += options.arguments
        var servers = [try await RedisServer.start(redis)]
        for _ in 0..<options.replicas { servers.append(try await RedisServer.start(redis, replicaOf: servers[0].port)) }
        var sentinels: [SentinelProcess] = []
        for _ in 0..<options.sentinels {
            sentinels.append(try await SentinelProcess.start(watching: servers[0].port, as: Self.masterName, options))
        }
        let setup = SentinelSetup(servers: servers, sentinels: sentinels, options: options)
        try await setup.waitUntilSteady()
        return setup
    }

    fileprivate func stop() async {
        for sentinel in self.sentinels { await sentinel.kill() }
        for server in self.servers {
            await server.kill()
            server.directory.remove()
        }
    }

    // MARK: Who is the master

    /// The server that most Sentinels name as the master; nil while they do not agree.
    package func announcedMaster() async throws -> RedisServer? {
        var votes: [Int: Int] = [:]
        for sentinel in self.sentinels {
            if let port = try await sentinel.masterPort() { votes[port, default: 0] += 1 }
        }
        guard let (port, count) = votes.max(by: { $0.value < $1.value }), count > self.sentinels.count / 2 else { return nil }
        return self.servers.first { $0.port == port }
    }

    /// The server that most Sentinels name as the master.
    package func master() async throws -> RedisServer {
        try await eventually("the Sentinels agree on a master") { try await self.announcedMaster() }
    }

    /// Waits until the Sentinels have made another server than `old` the master.
    @discardableResult
    package func waitForFailover(from old: RedisServer) async throws -> RedisServer {
        try await eventually("a failover", within: .seconds(60)) {
            guard let master = try await self.announcedMaster(), master !== old else { return nil }
            return master
        }
    }

    /// Waits until there is a master, so many replicas follow it and have all its data, and every Sentinel knows them all.
    /// - Parameter replicas: all but the master where it is nil.
    package func waitUntilSteady(replicas: Int? = nil) async throws {
        let replicas = replicas ?? self.options.replicas
        try await eventually("\(replicas) replicas follow the master, and the Sentinels know it", within: .seconds(60)) {
            guard let master = try await self.announcedMaster() else { return false }
            for sentinel in self.sentinels {
                let view = try await sentinel.view()
                guard view["port"] == "\(master.port)", view["flags"] == "master",
                    view["num-slaves"].flatMap({ Int($0) }) ?? 0 >= replicas,
                    view["num-other-sentinels"] == "\(self.sentinels.count - 1)"
                else { return false }
            }
            return try await Self.replicasInSync(master) >= replicas
        }
    }

    /// Stops all replicas of `master` and closes their connections there: from now on it alone has what is written to it.
    package func cutOffReplicas(of master: RedisServer) async throws {
        for server in self.servers where server !== master { server.pause() }
        _ = try await withRedisClient(master.configuration(socketTimeout: .seconds(10))) { client in
            try await client.execute(RedisCommand("CLIENT", "KILL", "TYPE", "replica"))
        }
    }

    /// Lets all replicas go on.
    package func resumeReplicas() { for server in self.servers { server.resume() } }

    /// How many replicas are connected and have acknowledged all that was written.
    package static func replicasInSync(_ master: RedisServer) async throws -> Int {
        let info = try await withRedisClient(master.configuration(socketTimeout: .seconds(10))) { client in
            try await client.execute(RedisCommand("INFO", "replication")).string ?? ""
        }
        let lines = info.split(whereSeparator: \.isNewline)
        guard lines.contains("role:master") else { return 0 }
        return lines.count {
            $0.hasPrefix("slave") && $0.contains("state=online") && $0.contains("lag=0") || $0.contains("lag=1")
        }
    }
}

/// Runs `body` with a master, replicas and Sentinels of its own, and ends all of them afterwards.
package func withSentinels<R>(
    _ options: SentinelSetup.Options = .init(),
    _ body: (SentinelSetup) async throws -> R
) async throws -> R {
    let setup = try await SentinelSetup.start(options)
    do {
        let result = try await body(setup)
        await setup.stop()
        return result
    } catch {
        await setup.stop()
        throw error
    }
}
