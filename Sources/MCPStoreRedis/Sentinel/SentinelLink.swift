import NIOCore

/// An open connection to one Sentinel.
struct SentinelLink: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<SentinelHandler>

    /// Connects, and logs in where the group has a password.
    /// - Parameters:
    ///   - configuration: how Redis is reached; TLS of the Sentinels is done in the same way.
    ///   - timeout: the bound for opening the connection.
    /// - Throws: ``RedisError`` on the way.
    static func open(
        _ endpoint: RedisEndpoint,
        of group: SentinelGroup,
        _ configuration: RedisConfiguration,
        timeout: Duration,
        on eventLoop: any EventLoop
    ) async throws -> SentinelLink {
        var configuration = configuration.located(at: endpoint)
        configuration.socketTimeout = timeout
        let transport = try RedisTransport(configuration)
        return try await transport.connect(on: eventLoop).flatMapThrowing { channel in
            do {
                let handler = SentinelHandler(endpoint: endpoint, group: group)
                try transport.addTLS(to: channel)
                try channel.pipeline.syncOperations.addHandler(handler)
                return SentinelLink(channel: channel, handler: NIOLoopBound(handler, eventLoop: eventLoop))
            } catch {
                channel.close(promise: nil)
                throw error
            }
        }.get()
    }

    /// Asks a question; the link is of no use after an error.
    func ask(_ command: RedisCommand, timeout: Duration) async throws -> RESPReply {
        let handler = self.handler
        return try await self.channel.eventLoop.flatSubmit { handler.value.ask(command, timeout: TimeAmount(bounded: timeout)) }
            .get()
    }

    func close() { self.channel.close(promise: nil) }
}
