import Foundation
import MCPStoreRedis
import NIOCore

/// The registry of one space over Redis.
package struct RedisRegistry: Registry {
    /// About how many entries `changes` keeps; a reader that missed more reads everything anew.
    package static let changesKept = 2000
    /// What `changes` says when a service is to be started anew. Who may write to the space may say so, and to no worker else anything.
    static let restart = "restart"

    package let space: Space
    private let keys: SpaceKeys
    let client: RedisClient

    package init(space: Space, client: RedisClient) {
        self.space = space
        self.keys = SpaceKeys(space)
        self.client = client
    }

    // MARK: Services

    package func put(
        _ services: [(name: String, configuration: ByteBuffer, expected: Int?)],
        by: String
    ) async throws(QueueError) -> [Int] {
        var arguments: [RedisArgument] = [.string(ISO8601.now()), .string(by), .int(Self.changesKept)]
        for service in services {
            arguments += [
                .string(service.name), .string(service.expected.map { String($0) } ?? ""), .bytes(service.configuration),
            ]
        }
        let scriptKeys = [keys.services, keys.changes, keys.removed] + services.map { keys.config($0.name) }
        let reply = try await evaluate(Scripts.servicePut, scriptKeys, arguments)
        guard let parts = reply.array else { throw unexpected("service_put") }
        if parts.count == 3, parts[0].string == "CONFLICT" {
            let name = parts[1].string ?? ""
            let expected = services.first { $0.name == name }?.expected ?? 0
            throw .conflict(over: name, expected: expected, found: parts[2].string ?? "?")
        }
        return parts.compactMap(\.integer)
    }

    package func hold(_ name: String, _ hold: ServiceHold?, expected: Int, by: String) async throws(QueueError) -> Int? {
        let arguments: [RedisArgument] = [
            .string(name), .int(expected), .string(hold?.rawValue ?? ""), .string(ISO8601.now()), .string(by),
            .int(Self.changesKept),
        ]
        let reply = try await evaluate(Scripts.serviceHold, [keys.config(name), keys.changes], arguments)
        if let parts = reply.array {
            throw .conflict(over: name, expected: expected, found: parts.map { $0.string ?? "" }.last ?? "?")
        }
        return reply.integer
    }

    package func service(_ name: String) async throws(QueueError) -> ServiceDocument? {
        try await execute(RedisCommand("GET", keys.config(name))).bytes.flatMap { Self.document(name, $0) }
    }

    package func services() async throws(QueueError) -> [ServiceDocument] {
        let names = try await serviceNames()
        let values = try await mget(names.map(keys.config))
        return zip(names, values).compactMap { name, value in value.flatMap { Self.document(name, $0) } }
    }

    private func serviceNames() async throws(QueueError) -> [String] {
        try await execute(RedisCommand("SMEMBERS", keys.services)).array?.compactMap(\.string).sorted() ?? []
    }

    package func remove(_ name: String, expected: Int?) async throws(QueueError) -> Bool {
        // Tools may be published between reading and removing; then once more.
        for _ in 0..<10 {
            let mine = try await toolKeys(of: name)
            let scriptKeys =
                [
                    keys.services, keys.changes, keys.removed, keys.tools, keys.config(name), keys.cache(name), keys.state(name),
                    keys.pins(name),
                ]
                + mine.map(keys.info(toolKey:))
            let version = expected.map { String($0) } ?? ""
            let arguments: [RedisArgument] =
                [.string(name), .int(Self.changesKept), .string(version)] + mine.map { .string($0) }
            let reply = try await evaluate(Scripts.serviceRemove, scriptKeys, arguments)
            if reply.string == "CONFLICT" { throw .conflict(overRemovalOf: name) }
            if let removed = reply.integer {
                // One of the same name is another service.
                if removed == 1 { client.send(RedisCommand("DEL", keys.brake(name))) { _ in } }
                return removed == 1
            }
        }
        throw QueueError(.conflict, "the tools of '\(name)' keep changing while it is being removed: try again")
    }

    // MARK: What services offer

    package func caches(_ names: [String]) async throws(QueueError) -> [String: ByteBuffer] {
        try await documents(names, keys.cache)
    }

    package func infos(_ toolKeys: [String]) async throws(QueueError) -> [String: ByteBuffer] {
        try await documents(toolKeys, keys.info(toolKey:))
    }

    package func toolKeys() async throws(QueueError) -> [String: ToolKey] {
        let reply = try await execute(RedisCommand("HGETALL", keys.tools))
        var result: [String: ToolKey] = [:]
        guard var iterator = reply.array?.makeIterator() else { return result }
        while let key = iterator.next()?.string, let value = iterator.next()?.string {
            do { result[key] = try JSONDecoder().decode(ToolKey.self, from: Data(value.utf8)) } catch { continue }
        }
        return result
    }

    /// The tool keys of one service, sorted. Claims of others, of which there may be very many, are told by their bytes: tools_put.lua
    /// writes the name, which needs no escapes, as it is.
    private func toolKeys(of service: String) async throws(QueueError) -> [String] {
        let mark = Data("\"service\":\"\(service)\"".utf8)
        return try await execute(RedisCommand("HGETALL", keys.tools)).withView { claims in
            var mine: [String] = []
            var iterator = claims.makeIterator()
            while let key = iterator.next(), let value = iterator.next() {
                let claim = Data(value.bytes)
                guard claim.range(of: mark) != nil else { continue }
                do {
                    let owner = try JSONDecoder().decode(ToolKey.self, from: claim).service
                    if owner == service { mine.append(key.string) }
                } catch { continue }
            }
            return mine.sorted()
        }
    }

    package func publish(
        _ tools: [ToolListing],
        of service: String,
        cache: ByteBuffer,
        hash: String
    ) async throws(QueueError) -> [String]? {
        let held = try await toolKeys(of: service)
        var scriptKeys = [keys.config(service), keys.cache(service), keys.tools, keys.changes]
        var arguments: [RedisArgument] = [
            .string(service), .bytes(cache), .string(hash), .int(Self.changesKept), .int(tools.count),
        ]
        for tool in tools {
            let candidates = tool.candidates(service: service)
            scriptKeys += candidates.map(keys.info(toolKey:))
            arguments += [.string(tool.name), .bytes(tool.document)] + candidates.map { .string($0) }
        }
        scriptKeys += held.map(keys.info(toolKey:))
        arguments += held.map { .string($0) }
        let reply = try await evaluate(Scripts.toolsPut, scriptKeys, arguments)
        return reply.array.map { $0.compactMap(\.string) }
    }

    // MARK: States and stats

    package func state(_ name: String) async throws(QueueError) -> ServiceState? { try await states([name])[name] }

    package func states(_ names: [String]) async throws(QueueError) -> [String: ServiceState] {
        try await withoutTheSilent(try await hashes(names, keys.state, ServiceState.init))
    }

    package func stats(_ toolKeys: [String]) async throws(QueueError) -> [String: ToolStats] {
        try await hashes(toolKeys, keys.stats(toolKey:), ToolStats.init)
    }

    @discardableResult
    package func publish(_ view: ServiceView?, of service: String, worker: String) async throws(QueueError) -> ServiceStatus? {
        let document: ByteBuffer
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            document = try view.map { ByteBuffer(bytes: try encoder.encode($0)) } ?? ByteBuffer()
        } catch {
            throw QueueError(.rejected, "the state of '\(service)' cannot be written as JSON: \(error)")
        }
        let arguments: [RedisArgument] = [
            .string(service), .string(worker), .bytes(document), .string(ISO8601.now()), .int(Self.changesKept),
        ]
        let reply = try await evaluate(Scripts.statePut, [keys.config(service), keys.state(service), keys.changes], arguments)
        guard let status = reply.string, status != "GONE" else { return nil }
        return ServiceStatus(rawValue: status)
    }

    /// Adds what was counted in memory while Redis was away.
    ///
    /// - Parameter key: `SpaceKeys.stats(toolKey:)` or `SpaceKeys.serviceStats(_:)`.
    package func add(_ stats: ToolStats, to key: String) async throws(QueueError) {
        var arguments: [RedisArgument] = [
            .string(stats.firstCall.map { String($0) } ?? ""), .string(stats.lastCall.map { String($0) } ?? ""),
        ]
        for (field, amount) in stats.counts.sorted(by: { $0.key < $1.key }) where amount != 0 {
            arguments += [.string(field), .int(amount)]
        }
        do {
            _ = try await client.evaluate(Scripts.statsAdd, keys: [key], arguments: arguments)
        } catch {
            throw error.mayHaveExecuted && error.code != .server ? QueueError(.unknown, error.message) : QueueError(error)
        }
    }

    // MARK: Helpers

    private static func document(_ name: String, _ value: ByteBuffer) -> ServiceDocument? {
        struct Envelope: Decodable {
            var version: Int
            var updated: String
            var by: String
            var hold: String?
        }
        // The configuration is the last member and is kept as the bytes that were written.
        let marker = Array(",\"config\":".utf8)
        let bytes = Array(value.readableBytesView)
        guard let start = bytes.firstRange(of: marker), bytes.last == UInt8(ascii: "}") else { return nil }
        do {
            let envelope = try JSONDecoder().decode(Envelope.self, from: Data(bytes[..<start.lowerBound] + [UInt8(ascii: "}")]))
            let configuration = ByteBuffer(bytes: bytes[start.upperBound..<(bytes.count - 1)])
            return ServiceDocument(
                name: name,
                version: envelope.version,
                updated: envelope.updated,
                by: envelope.by,
                configuration: configuration,
                // What a newer version has told it, this one does not know (invariant I13).
                hold: envelope.hold.flatMap { ServiceHold(rawValue: $0) }
            )
        } catch {
            return nil
        }
    }

    private func documents(_ names: [String], _ key: (String) -> String) async throws(QueueError) -> [String: ByteBuffer] {
        let values = try await mget(names.map(key))
        var result: [String: ByteBuffer] = [:]
        for (name, value) in zip(names, values) { result[name] = value }
        return result
    }

    private func mget(_ names: [String]) async throws(QueueError) -> [ByteBuffer?] {
        guard !names.isEmpty else { return [] }
        var command = RedisCommand("MGET", argumentCapacity: names.count)
        for name in names { command.append(name) }
        return try await execute(command).array?.map(\.bytes) ?? []
    }

    private func hashes<Value>(
        _ names: [String],
        _ key: (String) -> String,
        _ read: (RESPReply) -> Value?
    ) async throws(QueueError) -> [String: Value] {
        var result: [String: Value] = [:]
        let replies = await client.pipeline(names.map { RedisCommand("HGETALL", key($0)) })
        for (name, reply) in zip(names, replies) {
            switch reply {
            case .success(let reply): result[name] = read(reply)
            case .failure(let error): throw QueueError(error)
            }
        }
        return result
    }

    private func execute(_ command: RedisCommand) async throws(QueueError) -> RESPReply {
        do { return try await client.execute(command) } catch { throw QueueError(error) }
    }

    private func evaluate(_ script: RedisScript, _ keys: [String], _ arguments: [RedisArgument]) async throws(QueueError)
        -> RESPReply
    {
        do { return try await client.evaluate(script, keys: keys, arguments: arguments) } catch { throw QueueError(error) }
    }

    private func unexpected(_ script: String) -> QueueError {
        QueueError(.redis, "the script \(script) answered with something unexpected")
    }

    /// Has all workers that host a service start its session anew.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func restart(_ service: String) async throws(QueueError) {
        let kept = String(Self.changesKept)
        let command = RedisCommand(
            "XADD",
            keys.changes,
            "NOMKSTREAM",
            "MAXLEN",
            "~",
            kept,
            "*",
            "change",
            Self.restart,
            "service",
            service
        )
        _ = try await execute(command)
    }
}
